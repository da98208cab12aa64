"""The moment of expiry: what says that it ends then must not be accepted just after it."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import SHORT_LIVES, Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.lives import watch_lives


class PastItsExpiry(Attack):
    """Present a credential four tenths of a second after the second in which it says that it ends."""

    row = "F3"
    name = "accepted past its expiry"
    question = "Is a credential accepted after the moment at which it says that it ends?"
    sources = ("OWASP ASVS 5.0 9.2.1", "RFC 7519 section 4.1.4")
    control = Control("servers.vulnerable.ends.timeouts:VulnerableLeeway")
    condition = SHORT_LIVES

    def run(self, lab: AttackLab) -> AttackResult:
        boundary = watch_lives(lab).boundary
        lab.evidence = boundary.evidence
        lab.worked_before = boundary.works_at_first
        if boundary.accepted:
            return lab.succeeded("it is: the server allows for more than clocks that differ")
        return lab.rejected("it is refused at once")
