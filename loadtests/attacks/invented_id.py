"""Fixation with an invented id: the attacker makes one up, and the victim's login adopts it."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.planted import log_in_with
from loadtests.attacks.laboratory.presented import Presented, invented


class InventedId(Attack):
    """Plant a credential of the right shape before the login, and use it afterwards."""

    row = "D1"
    name = "invented id adopted"
    question = "Does a login adopt a credential that the attacker made up and planted before it?"
    sources = (
        "OWASP Session Management: Session ID Generation and Verification",
        "NIST SP 800-63B-4 5.1",
    )
    control = Control("servers.vulnerable.logins.fixation:VulnerablePermissiveId")

    def run(self, lab: AttackLab) -> AttackResult:
        attacker, victim = lab.logged_in(), lab.new_person()
        presented = Presented.of(attacker.credential)
        planted = presented.alone(invented(presented.text))
        log_in_with(lab, victim, planted)
        lab.check_before(victim)
        taken = lab.has_effect("the planted credential", victim, planted, attacker.client)
        lab.check_after(victim)
        if taken:
            return lab.succeeded("the victim is logged in under an id that the attacker chose")
        return lab.rejected("the login gave a fresh credential, and never issued the planted one")
