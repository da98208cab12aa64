"""Script acts in the page: it needs no credential, because the page has one."""

from functools import partial

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.play import Nonce, Play, User
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult


class ScriptActsInPage(BrowserAttack):
    """Fill in the page's form and send it. No scheme resists: what differs is C1 to C3, and C5."""

    row = "C4"
    name = "script acts in the page"
    question = "Can script in the page do what its user can do?"
    sources = (
        "RFC 10017 section 5.1.4",
        "OWASP CSRF Prevention: XSS defeats all mitigations",
    )
    control = Control("servers.vulnerable.cookies.readable_cookie:VulnerableReadableCookie")

    def attack(self, play: Play) -> AttackResult:
        for keeps in play.storages:
            victim = play.logged_in(keeps)
            play.check_before(victim)
            victim.page.inject()
            play.attempt(f"the page's own form{keeps.where}", victim, partial(_act, victim))
            play.check_after(victim)
            play.scene.clear()
        return play.result()


def _act(victim: User, nonce: Nonce) -> None:
    victim.page.forget_answer()
    victim.page.page.evaluate("(item) => injected.act(item)", nonce.item)
    victim.page.answered("order")
