"""Sibling post: the forgery from another host of the same site, where SameSite withholds nothing."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import fetch, post, post_in_frame
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import SIBLING


class SiblingPost(BrowserAttack):
    """Send a form as a page, a form into a frame, and a fetch, all from a sibling host."""

    row = "B5"
    name = "sibling origin post"
    question = "Does a page of a sibling host order something in its visitor's name?"
    sources = (
        "OWASP ASVS 5.0 3.5.1",
        "OWASP ASVS 5.0 3.5.4",
        "OWASP CSRF Prevention: When SameSite May Be Sufficient On Its Own",
    )
    control = Control("servers.vulnerable.cookies.trusted_sibling:VulnerableTrustedSibling")

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        play.check_before(victim)
        play.attempt("a form as a page", victim, lambda nonce: post(play.scene, SIBLING, nonce))
        play.attempt("a form in a frame", victim, lambda nonce: post_in_frame(play.scene, SIBLING, nonce))
        play.attempt("fetch with mode no-cors", victim, lambda nonce: fetch(play.scene, SIBLING, nonce))
        play.check_after(victim)
        return play.result()
