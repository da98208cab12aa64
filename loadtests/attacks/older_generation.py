"""An older refresh token inside the grace of a younger one."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.refreshes.holder import NOTHING_REFRESHES, login_with_refresh


class OlderGeneration(Attack):
    """The owner refreshes twice at once; a thief presents the first token, which has no grace any more."""

    row = "H4"
    name = "older generation within the grace"
    question = "Does the grace of a replaced refresh token reach back to older ones of the same login?"
    sources = (
        "RFC 9700 section 4.14.2",
        "django-oauth-toolkit issue 1617",
    )
    control = Control("servers.vulnerable.tokens.refresh_rotation:VulnerableGenerations")

    def run(self, lab: AttackLab) -> AttackResult:
        found = login_with_refresh(lab)
        if found is None:
            return lab.nothing_there(NOTHING_REFRESHES)
        _, owner, thief = found
        stolen = thief.token
        owner.refresh("refreshes")
        owner.refresh("refreshes again at once")
        granted = thief.refresh("presents the first token, two generations old", stolen)
        if granted and thief.orders("orders with what that gave"):
            never_replaced = owner.token == stolen
            return lab.succeeded(
                "a token is never replaced here: it has no generations"
                if never_replaced
                else "a token two generations old was granted"
            )
        ended = not owner.refresh("presents its latest token")
        lab.figure("login ended as stolen", ended)
        return lab.rejected(
            "it was refused, and the login ended" if ended else "it was refused, and the owner goes on"
        )
