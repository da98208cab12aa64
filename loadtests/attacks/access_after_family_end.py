"""Access tokens of a login that was ended because its refresh token was stolen."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.refreshes.holder import NOTHING_REFRESHES, login_with_refresh


class AccessAfterFamilyEnd(Attack):
    """A theft is noticed and the login ends; then the thief orders with its last access token."""

    row = "H5"
    name = "access token of an ended login"
    question = "Does the thief's access token outlive the end of the stolen login?"
    sources = ("RFC 7009 section 2.1", "RFC 9700 section 4.14.2", "OWASP ASVS 5.0 7.4.1")
    control = Control("jwt-hs256")

    def run(self, lab: AttackLab) -> AttackResult:
        found = login_with_refresh(lab)
        if found is None:
            return lab.nothing_there(NOTHING_REFRESHES)
        _, owner, thief = found
        stolen = owner.token
        thief.refresh("refreshes with the stolen token")
        lab.has_effect("what that gave", found[0], thief.headers or {}, thief.client)
        thief.refresh("refreshes again")
        owner.refresh("presents the token that the thief has replaced twice", stolen)
        if thief.refresh("presents its latest refresh token"):
            return lab.nothing_there(
                "the login does not end by reuse of a refresh token, so there is no end to outlive"
            )
        if thief.orders("orders with the access token it has"):
            window_s = lab.card.revocation_window_s
            lab.figure("declared longest life of a revoked credential", window_s, "s")
            return lab.succeeded(
                f"its access token outlives the login: for {window_s:g} s at most, as the card says",
                denied_by_card="revocation_window_s: 0" if window_s == 0 else None,
            )
        return lab.rejected("the access token ended with the login")
