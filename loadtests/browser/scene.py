"""The scene of a browser attack: the listeners, a browser, and one application behind the victim's name."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from authbench.system.certificate import make_certificate
from loadtests.browser.arrivals import Arrivals
from loadtests.browser.chromium import open_chromium
from loadtests.browser.listeners import Answers, Listener
from loadtests.browser.origins import NAMES, VICTIM, resolver_rules

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Page


@dataclass(frozen=True)
class Scene:
    """Only for the thread that opened it: Playwright's objects know no other."""

    context: "BrowserContext"
    arrivals: Arrivals
    answers: Answers

    @property
    def browser(self) -> str:
        """'Chromium 156.0.8078.108'."""
        opened = self.context.browser
        return f"Chromium {opened.version}" if opened else "Chromium"

    def clear(self) -> None:
        """Forget everything: cookies, what pages have stored, and all pages but one empty one."""
        empty = self.context.new_page()
        for page in self.context.pages:
            if page is not empty:
                page.close()
        self.context.clear_cookies()
        session = self.context.new_cdp_session(empty)
        session.send("Storage.clearDataForOrigin", {"origin": VICTIM, "storageTypes": "all"})
        session.detach()
        self.answers.hsts_is_lost = True

    @contextmanager
    def page(self) -> Iterator["Page"]:
        """A new page, closed at the end."""
        page = self.context.new_page()
        try:
            yield page
        finally:
            page.close()

    @contextmanager
    def page_of(self, origin: str) -> Iterator["Page"]:
        """A new page of somebody else's, of that origin, which can send what pages can."""
        with self.page() as page:
            page.goto(f"{origin}/pages/elsewhere.html")
            yield page


@contextmanager
def open_scene(application_port: int, folder: Path) -> Iterator[Scene]:
    """Open it in an empty folder of its own. NoBrowserError where there is no browser.

    The application listens on this port of loopback by plain HTTP, and has `VICTIM` as its public origin.
    """
    certificate = make_certificate(folder, NAMES)
    arrivals, answers = Arrivals(), Answers(application_port)
    with ExitStack() as stack:
        secured = Listener(arrivals, answers.over_tls, certificate)
        stack.callback(secured.close)
        plain = Listener(arrivals, answers.in_the_clear, None)
        stack.callback(plain.close)
        rules = resolver_rules(secured.server_port, plain.server_port)
        context = stack.enter_context(open_chromium(folder / "profile", rules, certificate.certificate))
        yield Scene(context, arrivals, answers)
