"""The reply to a refresh is lost: whether the owner, who tries again as any client would, is logged out."""

import time

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.refreshes.holder import NOTHING_REFRESHES, Holder, login_with_refresh
from loadtests.attacks.refreshes.lost_reply import cut_off

_NOTICED_S = 0.3
"""A client tries again when it has noticed, which is long after the server has done its work."""
_DONE_S = 5.0
_LOOK_S = 0.01


class LostRefreshReply(Attack):
    """A network between client and server is enough for this one: it takes the reply away, once.

    Two ways: the reply is thrown away after it was sent, and the connection is cut as soon as the request has
    gone. Then the owner presents the same token again, and whatever that gives must still be a login.
    """

    row = "H3"
    name = "lost reply to a refresh"
    question = "Is the owner logged out because one reply to a refresh was lost?"
    sources = ("FAPI 2.0 Security Profile: refresh token rotation", "RFC 9700 section 4.14.2")
    control = Control("jwt-hs256")

    def run(self, lab: AttackLab) -> AttackResult:
        ended = []
        for way, lose in (("thrown away", self._throw_away), ("cut off", self._cut_off)):
            found = login_with_refresh(lab)
            if found is None:
                return lab.nothing_there(NOTHING_REFRESHES)
            _, owner, _ = found
            lose(lab, owner)
            owner.refresh("tries again with the same token, the only one it has")
            owner.refresh("refreshes once more")
            if not owner.orders(f"orders after its reply was {way}"):
                ended.append(way)
        if ended:
            return lab.succeeded(
                f"the owner is logged out after a reply was {' and after one was '.join(ended)}"
            )
        return lab.rejected("the same token gave the owner a working login again")

    @staticmethod
    def _throw_away(lab: AttackLab, owner: Holder) -> None:
        body = {"refresh_token": owner.token}
        lab.send("the reply to this is thrown away", "POST", "/refresh", owner.client.refresh_headers(), body)
        # The access token that the client had has run out, or it would not have refreshed.
        owner.headers = None

    @staticmethod
    def _cut_off(lab: AttackLab, owner: Holder) -> None:
        server = lab.target.server
        before = server.counters().requests_total
        cut_off(lab.target, owner.client.refresh_headers(), owner.token)
        # On a busy machine the work may take longer than a client needs to notice.
        deadline_s = time.monotonic() + _DONE_S
        while server.counters().requests_total == before and time.monotonic() < deadline_s:
            lab.wait(_LOOK_S)
        lab.wait(_NOTICED_S)
        owner.headers = None
