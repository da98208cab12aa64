"""A stolen credential after its owner has changed the password, and after the account was disabled."""

from authbench.contracts.measuring_protocol import DisableOrder
from authbench.contracts.message import Reply
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class EndedByTheAccount(Attack):
    """The thief has a login of the victim's; the victim changes the password, another account is disabled."""

    row = "E6"
    name = "password change, disabled account"
    question = "Is a stolen login still good after a password change, or in a disabled account?"
    sources = (
        "OWASP ASVS 5.0 7.4.2",
        "OWASP ASVS 5.0 7.4.3",
        "RFC 9700 section 4.14.2",
    )
    control = Control("servers.vulnerable.ends.logout:VulnerableEndAll")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        thief = lab.another_device(victim)
        lab.check_before(victim)
        passwords = {"current_password": victim.password, "new_password": f"{victim.password}-changed"}
        changed = lab.ask("a new password", victim, "POST", "/account/password", passwords)
        survived = []
        if lab.has_effect("the stolen login, after the new password", thief, thief.credential):
            survived.append("a password change")
        if lab.still_refreshes(thief):
            survived.append("a password change (by its refresh token)")
        victim.password = passwords["new_password"]
        lab.log_in(victim)
        lab.check_after(victim)
        disabled = lab.logged_in()
        lab.has_effect("an account before it is disabled", disabled, disabled.credential)
        lab.target.server.ask(DisableOrder(username=disabled.username), Reply)
        if lab.has_effect("a login of the disabled account", disabled, disabled.credential):
            survived.append("the account's end")
        if lab.still_refreshes(disabled):
            survived.append("the account's end (by its refresh token)")
        if changed.status != 204:
            return lab.not_run(f"the password could not be changed: status {changed.status}")
        if survived:
            # A card may say that a disabled account is out at once and a revoked credential lives on: then it
            # denies only what survives the account's end.
            ends = any("account" in each for each in survived) or lab.card.revocation_window_s == 0
            denied = lab.late_ends_denied() if ends else None
            return lab.succeeded(f"it survives {', '.join(survived)}", denied_by_card=denied)
        return lab.rejected("both end every login at once")
