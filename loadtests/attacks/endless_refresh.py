"""Sliding beyond the absolute lifetime: a login that is renewed again and again must end all the same."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import SHORT_LIVES, Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.lives import watch_lives


class EndlessRefresh(Attack):
    """Refresh every half a second until the login's absolute lifetime of six seconds is over."""

    row = "F4"
    name = "endless refresh"
    question = "Do refreshes carry a login beyond its absolute lifetime?"
    sources = ("OWASP ASVS 5.0 10.4.8", "RFC 9700 section 4.14.2")
    control = Control("servers.vulnerable.ends.timeouts:VulnerableEndlessRefresh")
    condition = SHORT_LIVES

    def run(self, lab: AttackLab) -> AttackResult:
        renewed = watch_lives(lab).renewed
        if renewed is None:
            return lab.nothing_there("it has no refresh token")
        lab.evidence = renewed.evidence
        lab.worked_before = renewed.works_at_first
        if renewed.refreshed:
            return lab.succeeded("a refresh token gives a new credential although the login is over")
        if reason := renewed.too_idle(lab.target.condition.settings):
            return lab.not_run(reason)
        return lab.rejected("the login ended, however often it was renewed")
