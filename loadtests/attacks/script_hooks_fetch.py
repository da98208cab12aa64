"""Script hooks fetch: it waits for the page to use its credential, and takes it then."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.loot import heard_by_script, replay_all
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult


class ScriptHooksFetch(BrowserAttack):
    """Listen to the page's requests and answers; then hold one back and send it from elsewhere instead.

    What is held back has a DPoP proof that nobody has used yet, and a proof does not cover the body.
    """

    row = "C2"
    name = "script hooks fetch"
    question = "Can script take the credential out of the page's own requests, and use it elsewhere?"
    sources = (
        "RFC 10017 section 5.1.1",
        "RFC 10017 section 8.4",
        "RFC 9449 section 11.2",
    )
    control = Control("jwt-hs256")

    def attack(self, play: Play) -> AttackResult:
        for keeps in play.storages:
            victim = play.logged_in(keeps)
            play.check_before(victim)
            heard = heard_by_script(play, victim, held=False)
            replay_all(play, victim, f"a request that the page sent{keeps.where}", heard)
            held = heard_by_script(play, victim, held=True)
            replay_all(play, victim, f"a request that the page could not send{keeps.where}", held)
            play.scene.clear()
            play.check_after(play.logged_in(keeps))
            play.scene.clear()
        return play.result()
