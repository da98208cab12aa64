"""Planted credential: script in the page gives the visitor the attacker's credential (session fixation)."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.play import Play, User, kept
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult, Person
from loadtests.browser.own_page import Keeps

_PATHS = ("/", "/orders")


class PlantedCredential(BrowserAttack):
    """Write it where the page keeps its own, before a login and after; then let the visitor order.

    A script that logs in as the attacker at the page's own form is not counted: that is C4, and no scheme
    resists it.
    """

    row = "C6"
    name = "script plants a credential"
    question = "Can script in the page make its visitor go on with the attacker's credential?"
    sources = (
        "RFC 10017 section 6.1.3.2",
        "draft-ietf-httpbis-layered-cookies: the __Host-Http- prefix",
        "OWASP ASVS 5.0 3.3.4",
    )
    control = Control("servers.vulnerable.cookies.unprefixed_cookie:VulnerableUnprefixedCookie")

    def attack(self, play: Play) -> AttackResult:
        attacker = play.person()
        play.lab.log_in(attacker)
        for keeps in play.storages:
            victim = play.logged_in(keeps)
            play.check_before(victim)
            _plant(attacker, victim)
            play.ordered_as(f"over the credential of a login{keeps.where}", attacker, victim)
            play.scene.clear()
            visitor = play.user(keeps)
            _plant(attacker, visitor)
            visitor.page.reload()
            play.ordered_as(f"before a login{keeps.where}", attacker, visitor)
            play.scene.clear()
            if keeps is not Keeps.COOKIE:
                exchanged = play.logged_in(keeps)
                exchanged.page.inject()
                exchanged.page.page.evaluate(
                    "(header) => injected.exchange(header)", attacker.credential["Authorization"]
                )
                play.ordered_as(f"in each request of the page{keeps.where}", attacker, exchanged)
                play.scene.clear()
            play.check_after(play.logged_in(keeps))
            play.scene.clear()
        return play.result()


def _plant(attacker: Person, visitor: User) -> None:
    """What script can write: cookies of the attacker's names and values, and the page's own storage."""
    visitor.page.inject()
    for pair in attacker.credential.get("Cookie", "").split("; "):
        for path in _PATHS if pair else ():
            visitor.page.page.evaluate("(line) => { document.cookie = line }", f"{pair}; Path={path}; Secure")
    if "Authorization" in attacker.credential:
        visitor.page.page.evaluate("(text) => localStorage.setItem('tokens', text)", kept(attacker))
    if attacker.client.private_jwk is not None:
        visitor.page.page.evaluate("(jwk) => injected.plantKey(jwk)", attacker.client.private_jwk)
