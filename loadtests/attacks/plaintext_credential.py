"""Credential in the clear: whether anybody on the network ever sees it, by the victim's own browser."""

from functools import partial

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.play import Play, User
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult
from loadtests.browser.origins import SIBLING_PLAIN, VICTIM_PLAIN
from loadtests.browser.scene import Scene


class PlaintextCredential(BrowserAttack):
    """Make the browser ask by http, as a typed address, a page on the network and a wrong base URL do.

    First by a browser that has not heard of HSTS, so that the cookie's own attributes decide; then by one
    that has. What the listener without TLS hears is used at once.
    """

    row = "A2"
    name = "credential over http"
    question = "Does a browser ever send the credential without TLS?"
    sources = (
        "OWASP ASVS 5.0 3.3.1",
        "OWASP ASVS 5.0 4.1.2",
        "OWASP ASVS 5.0 12.2.1",
        "RFC 6750 section 5.3",
        "RFC 6797 section 8.3",
    )
    control = Control("servers.vulnerable.cookies.insecure_cookie:VulnerableInsecureCookie")

    def attack(self, play: Play) -> AttackResult:
        for keeps in play.storages:
            victim = play.logged_in(keeps)
            play.check_before(victim)
            for words, act in _WAYS.items():
                play.overheard(f"{words}{keeps.where}", victim, partial(act, play.scene, victim))
            play.scene.clear()
        play.scene.answers.hsts_is_lost = False
        victim = play.logged_in()
        play.check_after(victim)
        play.overheard("a typed address after HSTS", victim, partial(_typed, play.scene, victim))
        return play.result()


def _typed(scene: Scene, victim: User) -> None:  # noqa: ARG001 - one of several ways
    with scene.page() as page:
        page.goto(f"{VICTIM_PLAIN}/me")


def _embedded(scene: Scene, victim: User) -> None:  # noqa: ARG001 - one of several ways
    with scene.page_of(SIBLING_PLAIN) as page:
        page.evaluate("(url) => elsewhere.image(url)", f"{VICTIM_PLAIN}/me")


def _from_own_page(scene: Scene, victim: User) -> None:  # noqa: ARG001 - one of several ways
    victim.page.ask_by_http()


_WAYS = {
    "a typed address": _typed,
    "an image in a page on the network": _embedded,
    "a wrong base URL in the page": _from_own_page,
}
