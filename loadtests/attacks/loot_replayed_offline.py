"""Loot replayed offline: what script took is used without the browser, and renewed where that can be."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.loot import heard_by_script, read_by_script, renewed, replay_all
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult


class LootReplayedOffline(BrowserAttack):
    """Take all that can be taken, close the page, use it from another client, refresh it, use that."""

    row = "C3"
    name = "loot replayed offline"
    question = "Does what script took work without the page, and for how long?"
    sources = (
        "RFC 10017 section 5.1.2",
        "RFC 10017 section 5.1.3",
        "RFC 9700 section 4.14.2",
        "RFC 9449 section 11.1",
    )
    control = Control("jwt-hs256")

    def attack(self, play: Play) -> AttackResult:
        longest_s = 0.0
        for keeps in play.storages:
            victim = play.logged_in(keeps)
            play.check_before(victim)
            loot = [*read_by_script(play, victim), *heard_by_script(play, victim, held=False)]
            victim.page.page.close()
            worked = replay_all(play, victim, f"at once{keeps.where}", loot)
            again = renewed(play, f"renewed by the thief{keeps.where}", loot)
            if again:
                replay_all(play, victim, f"renewed by the thief{keeps.where}", again)
            longest_s = max([longest_s, *(each.seconds_left or 0 for each in worked)])
            play.scene.clear()
            play.check_after(play.logged_in(keeps))
            play.scene.clear()
        if longest_s:
            play.lab.figure("an access token that was taken is good for", longest_s, "s")
        return play.result()
