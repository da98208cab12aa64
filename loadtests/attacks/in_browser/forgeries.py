"""What pages of other origins send. Each function ends when the browser has done with its request."""

from loadtests.attacks.in_browser.play import Nonce
from loadtests.attacks.laboratory.lab import Person
from loadtests.browser.origins import VICTIM
from loadtests.browser.scene import Scene

_ORDERS = f"{VICTIM}/orders"


def post(scene: Scene, origin: str, nonce: Nonce) -> None:
    """Send the order as a form of a page of that origin, which the answer replaces."""
    submit(scene, origin, _ORDERS, nonce.field)


def submit(scene: Scene, origin: str, url: str, field: tuple[str, str]) -> None:
    """Send a form with one field as text/plain: its name, a =, its value."""
    with scene.page_of(origin) as page, page.expect_navigation():
        page.evaluate("([url, name, value]) => elsewhere.submit(url, name, value)", [url, *field])


def post_in_frame(scene: Scene, origin: str, nonce: Nonce) -> None:
    """Send the order as a form whose answer goes into a frame of the page."""
    with scene.page_of(origin) as page:
        page.evaluate("([url, name, value]) => elsewhere.frame(url, name, value)", [_ORDERS, *nonce.field])


def fetch(scene: Scene, origin: str, nonce: Nonce, declared: str | None = "", mode: str = "no-cors") -> None:
    """Fetch with credentials, the order in its body, declared as this; empty: as a browser declares a text;
    None: not declared.
    """
    with scene.page_of(origin) as page:
        page.evaluate(
            "([url, body, type, mode]) => elsewhere.send(url, body, type, mode)",
            [_ORDERS, nonce.body, declared, mode],
        )


def log_in(scene: Scene, origin: str, attacker: Person) -> None:
    """Log the visitor of a page in as the attacker, by a form. The password ends with =."""
    name = f'{{"username": "{attacker.username}", "password": "{attacker.password.removesuffix("=")}'
    submit(scene, origin, f"{VICTIM}/login", (name, '"}'))


def follow(scene: Scene, origin: str, nonce: Nonce) -> None:
    """Follow a link with the order in its query."""
    with scene.page_of(origin) as page:
        page.evaluate("(url) => elsewhere.link(url, '_self')", f"{_ORDERS}?{nonce.query}")
        with page.expect_navigation():
            page.locator("#link").click()


def follow_into_window(scene: Scene, origin: str, nonce: Nonce) -> None:
    """Follow such a link into a new window."""
    with scene.page_of(origin) as page:
        page.evaluate("(url) => elsewhere.link(url, '_blank')", f"{_ORDERS}?{nonce.query}")
        with scene.context.expect_page() as opened:
            page.locator("#link").click()
        opened.value.wait_for_load_state()
        opened.value.close()


def submit_get(scene: Scene, origin: str, nonce: Nonce) -> None:
    """Send a form whose method is get."""
    with scene.page_of(origin) as page, page.expect_navigation():
        page.evaluate("([url, item]) => elsewhere.get(url, item)", [_ORDERS, nonce.item])


def show_image(scene: Scene, origin: str, nonce: Nonce) -> None:
    """Show an image whose address has the order in its query."""
    with scene.page_of(origin) as page:
        page.evaluate("(url) => elsewhere.image(url)", f"{_ORDERS}?{nonce.query}")


def show_frame(scene: Scene, origin: str, nonce: Nonce) -> None:
    """Show a frame with such an address."""
    with scene.page_of(origin) as page:
        page.evaluate("(url) => elsewhere.frameGet(url)", f"{_ORDERS}?{nonce.query}")


def read(scene: Scene, origin: str) -> str:
    """What a page of that origin sees of the visitor's orders; why not, if it sees nothing."""
    with scene.page_of(origin) as page:
        return str(page.evaluate("(url) => elsewhere.read(url)", _ORDERS))
