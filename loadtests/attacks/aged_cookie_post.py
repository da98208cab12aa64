"""Aged cookie: the forgery of B1 once the two minutes have passed in which browsers let it through."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import post
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.in_browser.turns import left_to_others
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import ELSEWHERE

AGE_S = 130
"""Ten seconds more than "Lax-allowing-unsafe" lasts in Chromium."""


class AgedCookiePost(BrowserAttack):
    """Log in, let the cookie age, then send the form of another site. Without a cookie nothing ages."""

    row = "B6"
    name = "cross-site form post, two minutes later"
    question = f"Does a form of another site still order something {AGE_S} s after the login?"
    sources = ("draft-ietf-httpbis-rfc6265bis section 5.6.7.2", "OWASP ASVS 5.0 3.3.2")
    control = Control("servers.vulnerable.cookies.cross_site_cookie:VulnerableCrossSiteCookie")
    slow = True

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        play.check_before(victim)
        if play.lab.card.carrier == "cookie":
            with left_to_others():
                play.lab.wait(AGE_S)
        play.attempt("a form sent as a page", victim, lambda nonce: post(play.scene, ELSEWHERE, nonce))
        play.check_after(victim)
        return play.result()
