"""Cross-origin read: a page of another origin asks for the visitor's data and wants to see the answer."""

from functools import partial

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.forgeries import read
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import ELSEWHERE, SIBLING


class CrossOriginRead(BrowserAttack):
    """Fetch the orders with credentials: whether the page sees the one that the visitor has just made."""

    row = "B8"
    name = "cross-origin read"
    question = "Can a page of another origin read what the application answers to its visitor?"
    sources = ("OWASP ASVS 5.0 3.4.2", "WHATWG Fetch: CORS protocol and credentials")
    control = Control("servers.vulnerable.cookies.reflected_origin:VulnerableReflectedOrigin")

    def attack(self, play: Play) -> AttackResult:
        victim = play.logged_in()
        ordered = play.check_before(victim)
        play.reads("from another site", ordered, partial(read, play.scene, ELSEWHERE))
        play.reads("from a sibling", ordered, partial(read, play.scene, SIBLING))
        play.check_after(victim)
        return play.result()
