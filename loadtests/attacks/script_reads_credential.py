"""Script reads the credential: cookies, storage, databases and global variables of the page."""

from loadtests.attacks.browser_attack import BrowserAttack
from loadtests.attacks.in_browser.loot import read_by_script, replay_all
from loadtests.attacks.in_browser.play import Play
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackResult


class ScriptReadsCredential(BrowserAttack):
    """Send all that script finds to the attacker's site, and order something with it from another client."""

    row = "C1"
    name = "script reads the credential"
    question = "Can script in the page read the credential where it is kept, and use it elsewhere?"
    sources = (
        "RFC 10017 section 5.1.1",
        "OWASP ASVS 5.0 3.3.4",
        "OWASP ASVS 5.0 14.3.3",
        "OWASP Session Management: HttpOnly Attribute",
    )
    control = Control("servers.vulnerable.cookies.readable_cookie:VulnerableReadableCookie")

    def attack(self, play: Play) -> AttackResult:
        for keeps in play.storages:
            victim = play.logged_in(keeps)
            play.check_before(victim)
            replay_all(play, victim, f"what script can read{keeps.where}", read_by_script(play, victim))
            play.check_after(victim)
            play.scene.clear()
        return play.result()
