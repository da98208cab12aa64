"""Replay after logout: a copy of the credential, presented once its owner has logged out."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class ReplayAfterLogout(Attack):
    """Order something with the same credential before the logout and after it."""

    row = "E1"
    name = "replay after logout"
    question = "Is a copied credential still accepted after its owner has logged out?"
    sources = ("OWASP ASVS 5.0 7.4.1", "OWASP Session Management: Manual Session Expiration")
    control = Control("servers.vulnerable.ends.logout:VulnerableLogout")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        lab.log_out(victim)
        if not lab.has_effect("the same credential after logout", victim, victim.credential):
            return lab.rejected("the credential was refused as soon as its owner had logged out")
        denied = "logout_ends_credential: true" if lab.card.logout_ends_credential else None
        return lab.succeeded("the server still accepts it: nothing has ended it", denied_by_card=denied)
