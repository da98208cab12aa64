"""Cross-site subrequests: what a page of another site sends without leaving it."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import fetch, post_in_frame
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import ELSEWHERE


class CrossSiteSubrequests(BrowserAttack):
    """Post a form into a frame, and fetch without seeing the answer. Third-party cookies are allowed."""

    row = "B3"
    name = "cross-site subrequests"
    question = "Does a page of another site order something in the background, in its visitor's name?"
    sources = (
        "OWASP ASVS 5.0 3.5.1",
        "draft-ietf-httpbis-rfc6265bis section 5.6.7.1",
        "OWASP CSRF Prevention",
    )
    control = Control("servers.vulnerable.cookies.cross_site_cookie:VulnerableCrossSiteCookie")

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        play.check_before(victim)
        play.attempt("a form in a frame", victim, lambda nonce: post_in_frame(play.scene, ELSEWHERE, nonce))
        play.attempt("fetch with mode no-cors", victim, lambda nonce: fetch(play.scene, ELSEWHERE, nonce))
        play.check_after(victim)
        return play.result()
