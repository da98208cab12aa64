"""The idle timeout: a login that nobody has used for a while, on a shared computer for instance."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import SHORT_LIVES, Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.lives import watch_lives


class IdleTimeout(Attack):
    """Leave a login unused for longer than the idle period of two seconds, then use and renew it."""

    row = "F1"
    name = "no idle timeout"
    question = "Is a login good that was not used for longer than the idle period?"
    sources = (
        "OWASP ASVS 5.0 7.3.1",
        "OWASP Session Management: Idle Timeout",
        "NIST SP 800-63B-4 5.2",
        "RFC 9700 section 4.14.2",
    )
    control = Control("servers.vulnerable.ends.timeouts:VulnerableNoIdle")
    condition = SHORT_LIVES

    def run(self, lab: AttackLab) -> AttackResult:
        idle = watch_lives(lab).idle
        lab.evidence = idle.evidence
        lab.worked_before = idle.works_at_first
        if idle.accepted:
            return lab.succeeded("the credential is accepted: it ends by its absolute lifetime only")
        if idle.refreshed:
            return lab.succeeded("the refresh token still gives a new credential")
        return lab.rejected("neither the credential nor what renews it outlived the idle period")
