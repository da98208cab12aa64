"""Cross-site GET: a link, a form and an image of another site, where a GET may change something."""

from functools import partial

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import (
    follow,
    follow_into_window,
    show_frame,
    show_image,
    submit_get,
)
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import ELSEWHERE

_WAYS = {
    "a link": follow,
    "a link into a new window": follow_into_window,
    "a form with method get": submit_get,
    "an image": show_image,
    "a frame": show_frame,
}


class CrossSiteGet(BrowserAttack):
    """Put the order into a query. A SameSite=Lax cookie travels with the first three: they are pages."""

    row = "B2"
    name = "cross-site GET"
    question = "Does a link of another site order something in the name of whoever follows it?"
    sources = (
        "OWASP ASVS 5.0 3.5.3",
        "OWASP CSRF Prevention: SameSite limitations",
        "RFC 9110 section 9.2.1",
    )
    control = Control("servers.vulnerable.cookies.state_on_get:VulnerableStateOnGet")

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        play.check_before(victim)
        for words, send in _WAYS.items():
            play.attempt(words, victim, partial(send, play.scene, ELSEWHERE))
        play.check_after(victim)
        return play.result()
