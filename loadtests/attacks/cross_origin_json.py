"""Cross-origin JSON: an order in a body that is declared as something else, or with a preflight."""

from functools import partial

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import fetch
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import ELSEWHERE, SIBLING

_DECLARED = {
    "text/plain": ("text/plain", "no-cors"),
    "no Content-Type": (None, "no-cors"),
    "application/json after a preflight": ("application/json", "cors"),
}
"""In words -> what the body is declared as, and the mode of the fetch. Only the last needs a preflight."""


class CrossOriginJson(BrowserAttack):
    """Send it from another site, and from a sibling, whose requests carry every cookie."""

    row = "B4"
    name = "cross-origin JSON"
    question = "Does a page of another origin get JSON read that it did not declare as JSON?"
    sources = (
        "OWASP ASVS 5.0 3.5.2",
        "OWASP CSRF Prevention: Disallowing simple requests",
        "WHATWG Fetch: CORS-safelisted request-header",
    )
    control = Control("servers.vulnerable.cookies.cross_site_cookie:VulnerableCrossSiteCookie")

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        play.check_before(victim)
        for origin, whose in ((ELSEWHERE, "another site"), (SIBLING, "a sibling")):
            for words, (declared, mode) in _DECLARED.items():
                send = partial(fetch, play.scene, origin, declared=declared, mode=mode)
                play.attempt(f"{words} from {whose}", victim, send)
        play.check_after(victim)
        return play.result()
