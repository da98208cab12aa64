"""The absolute lifetime: a login that is in steady use must end all the same."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import SHORT_LIVES, Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.lives import watch_lives


class AbsoluteLifetime(Attack):
    """Use one credential every half a second until its absolute lifetime of six seconds is over."""

    row = "F2"
    name = "no absolute lifetime"
    question = "Does steady use keep a credential alive beyond its absolute lifetime?"
    sources = (
        "OWASP ASVS 5.0 7.3.2",
        "OWASP Session Management: Absolute Timeout",
        "NIST SP 800-63B-4 5.2",
    )
    control = Control("servers.vulnerable.ends.timeouts:VulnerableNoAbsolute")
    condition = SHORT_LIVES

    def run(self, lab: AttackLab) -> AttackResult:
        busy = watch_lives(lab).busy
        lab.evidence = busy.evidence
        lab.worked_before = busy.works_at_first
        if busy.accepted:
            return lab.succeeded("it is accepted although its absolute lifetime is over")
        if reason := busy.too_idle(lab.target.condition.settings):
            return lab.not_run(reason)
        return lab.rejected("it ended although it was in use")
