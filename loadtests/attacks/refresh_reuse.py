"""Reuse of a refresh token that was replaced: by a thief after the owner, and by the owner after a thief."""

from authbench.contracts.card import RefreshPolicy
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.refreshes.holder import GRACE_S, NOTHING_REFRESHES, Holder, login_with_refresh


class RefreshReuse(Attack):
    """Two hold one refresh token, and both refresh. In either order the second must end the login.

    What a policy forgives for a while is over before the second comes: the grace has passed, or the successor
    was used. Who comes within it is `thief within the grace`.
    """

    row = "H1"
    name = "refresh token reuse"
    question = "Can a thief go on with a stolen refresh token although its owner has refreshed as well?"
    sources = (
        "RFC 9700 section 4.14.2",
        "OWASP ASVS 5.0 10.4.5",
        "OWASP OAuth2 Cheat Sheet 12",
    )
    control = Control("servers.vulnerable.tokens.refresh_rotation:VulnerableReuse")

    def run(self, lab: AttackLab) -> AttackResult:
        one, other = login_with_refresh(lab), login_with_refresh(lab)
        if one is None or other is None:
            return lab.nothing_there(NOTHING_REFRESHES)
        _, owner, late_thief = one
        _, late_owner, thief = other
        self._use_up(lab, owner, thief)
        late_thief.refresh("presents the token that the owner has replaced")
        later = late_thief.orders("orders with what that gave")
        late_owner.refresh("presents the token that the thief has replaced")
        survives = thief.refresh("goes on with the latest token") and thief.orders("orders with it")
        lab.figure("thief who comes second has a working credential", later)
        lab.figure("thief who came first survives the owner's refresh", survives)
        if later and survives:
            return lab.succeeded("the same token serves both, in either order, and nothing is noticed")
        if later:
            return lab.succeeded("a replaced token was still good for the thief")
        if survives:
            return lab.succeeded(
                "the owner was refused, and the thief who had come first goes on undisturbed"
            )
        return lab.rejected(
            "whoever came second was refused, and the whole login ended, the thief's tokens too"
        )

    @staticmethod
    def _use_up(lab: AttackLab, *holders: Holder) -> None:
        """Have each replace its token, until no policy forgives the use of the old one any more."""
        for holder in holders:
            holder.refresh("refreshes")
            if lab.card.refresh_policy is RefreshPolicy.CONFIRM_ON_USE:
                holder.refresh("refreshes again, which confirms the first")
        if lab.card.refresh_policy is RefreshPolicy.GRACE:
            lab.wait(GRACE_S + 1)
