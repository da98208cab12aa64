"""The application's own page, used as its user does: by typing and pressing."""

from enum import StrEnum
from typing import TYPE_CHECKING

from loadtests.browser.origins import ELSEWHERE, VICTIM
from loadtests.browser.scene import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Page


class Keeps(StrEnum):
    """Where the page keeps its credential."""

    COOKIE = "cookie"
    """It does not: the browser has it."""
    LOCAL_STORAGE = "local-storage"
    MEMORY = "memory"
    """In a variable of a module, gone with the page."""
    KEY = "key"
    """The token in localStorage, its key in WebCrypto, not extractable."""

    @property
    def where(self) -> str:
        """What to add to the title of a try: ' (token in localStorage)'; empty where there is one place."""
        return _WHERE[self]


_WHERE = {
    Keeps.COOKIE: "",
    Keeps.LOCAL_STORAGE: " (token in localStorage)",
    Keeps.MEMORY: " (token in a variable)",
    Keeps.KEY: "",
}


class OwnPage:
    """One page at the victim's origin. It does not survive a reload with `Keeps.MEMORY`."""

    def __init__(self, scene: Scene, keeps: Keeps) -> None:
        self.page: Page = scene.context.new_page()
        self._keeps = keeps
        self.reload()

    def reload(self) -> None:
        """Open it anew, as a user who comes back."""
        self.page.goto(f"{VICTIM}/pages/app.html?keeps={self._keeps}")
        self._answer("ready")

    def log_in(self, username: str, password: str) -> int:
        """The status of the answer."""
        self.page.locator("#login [name=username]").fill(username)
        self.page.locator("#login [name=password]").fill(password)
        return self._press("#login button", "login")

    def order(self, item: str) -> int:
        """The status of the answer."""
        self.page.locator("#order [name=item]").fill(item)
        return self._press("#order button", "order")

    def log_out(self) -> int:
        """The status of the answer."""
        return self._press("#logout", "logout")

    def ask_by_http(self) -> int:
        """Ask who is logged in, at an address without TLS; the status of the answer, 0 without one."""
        return self._press("#legacy", "legacy")

    def inject(self) -> None:
        """Let the attacker's script into the page, from the attacker's site."""
        self.page.add_script_tag(url=f"{ELSEWHERE}/pages/injected.js")

    def answered(self, what: str) -> int:
        """Wait for the answer to what was asked for; its status, 0 if it failed."""
        number = self._answer(what).rpartition(" ")[2]
        return int(number) if number.isdigit() else 0

    def forget_answer(self) -> None:
        """So that the next one is not mistaken for it."""
        self.page.evaluate("document.getElementById('said').textContent = ''")

    def _press(self, selector: str, what: str) -> int:
        self.forget_answer()
        self.page.locator(selector).click()
        return self.answered(what)

    def _answer(self, begins: str) -> str:
        self.page.wait_for_function(
            "(begins) => document.getElementById('said').textContent.startsWith(begins)", arg=begins
        )
        return self.page.locator("#said").inner_text()
