"""A role that was taken away: the credential still says what its user was allowed at the login."""

from authbench.contracts.measuring_protocol import RoleOrder
from authbench.contracts.message import Reply
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class RoleTakenAway(Attack):
    """Read the administrators' report, lose the role, and read it again. The report is the effect."""

    row = "E7"
    name = "role taken away"
    question = "Does a login keep a role that was taken from its user?"
    sources = ("OWASP ASVS 5.0 10.3.2", "RFC 8725 section 3.8")
    control = Control("servers.vulnerable.ends.logout:VulnerableRole")

    def run(self, lab: AttackLab) -> AttackResult:
        admin = lab.logged_in("user admin")
        lab.check_before(admin)
        if lab.ask("the report, as administrator", admin, "GET", "/admin/report").status != 200:
            return lab.not_run("an administrator cannot read the report")
        lab.target.server.ask(RoleOrder(username=admin.username, scope="user"), Reply)
        after = lab.ask("the report, no longer administrator", admin, "GET", "/admin/report")
        told = after.json()
        if after.status == 200 and isinstance(told, dict) and "accounts" in told:
            window_s = lab.card.role_change_window_s
            denied = "role_change_window_s: 0" if window_s == 0 else None
            reason = f"the report was given out once more: for at most {window_s:g} s, says the card"
            return lab.succeeded(reason, denied_by_card=denied)
        return lab.rejected(f"refused at once, with status {after.status}")
