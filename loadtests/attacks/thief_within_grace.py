"""A thief who refreshes right after the owner: within what the policy forgives."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.refreshes.holder import NOTHING_REFRESHES, login_with_refresh


class ThiefWithinGrace(Attack):
    """The thief presents the token that the owner has just replaced, as an owner who lost the reply would."""

    row = "H9"
    name = "thief within the grace"
    question = "Is a stolen refresh token granted right after its owner has used it?"
    sources = ("RFC 9700 section 4.14.2", "OWASP ASVS 5.0 10.4.5")
    control = Control("jwt-refresh-static")

    def run(self, lab: AttackLab) -> AttackResult:
        found = login_with_refresh(lab)
        if found is None:
            return lab.nothing_there(NOTHING_REFRESHES)
        _, owner, thief = found
        owner.refresh("refreshes")
        granted = thief.refresh("presents the token that the owner has just replaced")
        granted = granted and thief.orders("orders with what that gave")
        unnoticed = owner.refresh("refreshes again")
        lab.figure("unnoticed by the owner", unnoticed)
        if granted and unnoticed:
            return lab.succeeded("the thief was granted tokens, and the owner goes on without noticing")
        if granted:
            return lab.succeeded("the thief was granted tokens; the owner's next refresh ended the login")
        return lab.rejected("the token was refused" + ("" if unnoticed else ", and the login ended"))
