"""Fixation with an id of the attacker's own, which the server did issue."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.planted import log_in_with


class PlantedId(Attack):
    """Plant the attacker's own live credential before the victim's login, and use it afterwards."""

    row = "D2"
    name = "attacker's own id kept"
    question = "Does the attacker's own credential, planted before the login, become the victim's?"
    sources = (
        "OWASP ASVS 5.0 7.2.4",
        "OWASP Session Management: Renew the Session ID After Any Privilege Level Change",
    )
    control = Control("servers.vulnerable.logins.fixation:VulnerableNoRotation")

    def run(self, lab: AttackLab) -> AttackResult:
        attacker, victim = lab.logged_in(), lab.new_person()
        planted = attacker.credential
        log_in_with(lab, victim, planted)
        lab.check_before(victim)
        taken = lab.has_effect("the planted credential", victim, planted, attacker.client)
        lab.check_after(victim)
        if taken:
            return lab.succeeded("the victim's login kept the id that the attacker has")
        return lab.rejected("the login gave a fresh credential; the planted one is not the victim's")
