"""Loot after logout: whether the victim's logout takes away what script took before."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.loot import heard_by_script, read_by_script, renewed, replay_all
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult


class LootAfterLogout(BrowserAttack):
    """Take all that can be taken, let the victim log out at the page, then use and refresh it elsewhere."""

    row = "C5"
    name = "theft survives the logout"
    question = "Does what script took still work after the victim has logged out?"
    sources = ("RFC 10017 section 5.1.2", "OWASP ASVS 5.0 7.4.1", "RFC 7009 section 2.1")
    control = Control("jwt-hs256")

    def attack(self, play: Play) -> AttackResult:
        for keeps in play.storages:
            victim = play.logged_in(keeps)
            play.check_before(victim)
            loot = [*read_by_script(play, victim), *heard_by_script(play, victim, held=False)]
            play.log_out(victim)
            replay_all(play, victim, f"after the logout{keeps.where}", loot)
            again = renewed(play, f"refreshed after the logout{keeps.where}", loot)
            if again:
                replay_all(play, victim, f"refreshed after the logout{keeps.where}", again)
            play.scene.clear()
        denied = "logout_ends_credential: true" if play.lab.card.logout_ends_credential else None
        return play.result(denied_by_card=denied)
