"""Cross-site form post: the classic forgery, a form of another site that is sent as a page of its own."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import post
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import ELSEWHERE


class CrossSitePost(BrowserAttack):
    """Send the form in the first seconds after a login: a cookie without SameSite still travels then."""

    row = "B1"
    name = "cross-site form post"
    question = "Does a form of another site order something in the name of whoever opens its page?"
    sources = (
        "OWASP ASVS 5.0 3.5.1",
        "OWASP ASVS 5.0 3.3.2",
        "draft-ietf-httpbis-rfc6265bis section 5.6.7.2",
        "OWASP CSRF Prevention",
    )
    control = Control("servers.vulnerable.cookies.default_same_site:VulnerableDefaultSameSite")

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        play.check_before(victim)
        play.attempt("a form sent as a page", victim, lambda nonce: post(play.scene, ELSEWHERE, nonce))
        play.check_after(victim)
        return play.result()
