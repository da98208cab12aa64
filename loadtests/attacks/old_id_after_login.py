"""The old credential after a new login: what was presented at a re-authentication must be over."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.planted import log_in_with


class OldIdAfterLogin(Attack):
    """Log in a second time with the first credential in hand, and use the first one again."""

    row = "D3"
    name = "old id after a new login"
    question = "Is a copy of the old credential still good after its owner has logged in anew with it?"
    sources = (
        "OWASP ASVS 5.0 7.2.4",
        "OWASP Session Management: Renew the Session ID After Any Privilege Level Change",
    )
    control = Control("servers.vulnerable.logins.fixation:VulnerableOldId")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        old = victim.credential
        log_in_with(lab, victim, old)
        lives = lab.has_effect("the old credential", victim, old)
        lab.check_after(victim)
        if lives:
            return lab.succeeded("both are good: the new login ended nothing")
        return lab.rejected("the new login ended the credential that was presented with it")
