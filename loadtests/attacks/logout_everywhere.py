"""Logout everywhere: the user ends all logins from one device, and a copied credential is one of them."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class LogoutEverywhere(Attack):
    """Three devices; the first ends all logins; what the others have is used again."""

    row = "E5"
    name = "logout everywhere"
    question = "Is another device still in after its user has logged out everywhere?"
    sources = ("OWASP ASVS 5.0 7.4.3", "OWASP ASVS 5.0 7.5.2", "OWASP ASVS 5.0 10.4.9")
    control = Control("servers.vulnerable.ends.logout:VulnerableEndAll")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        others = [lab.another_device(victim) for _ in range(2)]
        lab.check_before(victim)
        if not all(lab.has_effect("another device, before", each, each.credential) for each in others):
            return lab.not_run("a second device does not work")
        reply = lab.ask("log out everywhere", victim, "POST", "/logout-everywhere")
        living = [each for each in others if lab.has_effect("another device, after", each, each.credential)]
        renewed = [each for each in others if lab.still_refreshes(each)]
        lab.log_in(victim)
        lab.check_after(victim)
        if reply.status == 404:
            return lab.succeeded("there is no logout of all devices: the others stay in")
        if living or renewed:
            what = "their credentials are accepted" if living else "they refresh"
            also = " and refresh" if living and renewed else ""
            return lab.succeeded(f"{what}{also}", denied_by_card=lab.late_ends_denied())
        return lab.rejected("all devices were out at once, and a new login in the same second works")
