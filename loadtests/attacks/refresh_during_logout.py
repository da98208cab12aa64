"""A refresh under way while all logins are ended: whether what it remembers afterwards is a login again."""

from functools import partial

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.refreshes.at_once import at_once, open_connections
from loadtests.attacks.refreshes.holder import NOTHING_REFRESHES, Holder
from loadtests.clients.blocking_client import BlockingClient

_PHASES_MS = (0, 0, 0.25, 0.5, 0.75, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32)
"""How much later than the refresh the other request begins, so that it falls into every part of it. A refresh
takes some milliseconds here; where a server waits in between, the later ones fall into that."""


class RefreshDuringLogout(Attack):
    """The thief refreshes while the owner ends all logins, at every phase of the refresh.

    A server that takes the old token out of its store, and remembers the successor in a second step, has a
    gap in between: what ends all logins then finds nothing to end, and the second step writes a login that
    nobody ends any more.
    """

    row = "H10"
    name = "refresh while all logins are ended"
    question = "Does a refresh that is under way bring back a login that is being ended?"
    sources = ("OWASP ASVS 5.0 7.4.1", "RFC 9700 section 4.14.2", "RFC 7009 section 2.1")
    control = Control("servers.vulnerable.tokens.refresh_rotation:VulnerableGap")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        if not victim.refresh_token:
            return lab.nothing_there(NOTHING_REFRESHES)
        lab.check_before(victim)
        granted = ended_all = 0
        with open_connections(lab.target, 2) as connections:
            for phase_ms in _PHASES_MS:
                thief = Holder(lab, "the thief", victim)
                given, ended = self._race(lab, victim, thief, connections, phase_ms)
                granted += given
                ended_all += ended
                if given and ended and self._lives(thief):
                    lab.figure("phase of the first that came back", phase_ms, "ms")
                    return lab.succeeded("what the refresh gave is a login although all had been ended")
                lab.log_in(victim)
        lab.figure("refreshes that were granted before the end", granted, f"of {len(_PHASES_MS)}")
        lab.check_after(victim)
        if ended_all < len(_PHASES_MS) // 2:
            return lab.not_run("the logins could not be ended everywhere")
        return lab.rejected("whatever a refresh under way was given had ended with all the others")

    @staticmethod
    def _race(
        lab: AttackLab, victim: Person, thief: Holder, connections: list[BlockingClient], phase_ms: float
    ) -> tuple[bool, bool]:
        """(Whether the thief was given tokens, whether the owner's request was accepted)."""
        body = {"refresh_token": thief.token}
        sent = thief.client.refresh_headers()
        ending = victim.client.headers("POST", "/logout-everywhere", victim.credential)
        lab.target.go_on()
        refreshed, ended = at_once(
            [
                partial(connections[0].request, "POST", "/refresh", sent, body),
                partial(connections[1].request, "POST", "/logout-everywhere", ending),
            ],
            (0, phase_ms / 1000),
        )
        lab.keep("the thief: refreshes meanwhile", "POST", "/refresh", sent, body, refreshed)
        title = f"the owner: ends all logins {phase_ms:g} ms later"
        lab.keep(title, "POST", "/logout-everywhere", ending, None, ended)
        return thief.keep(refreshed), ended.status == 204

    @staticmethod
    def _lives(thief: Holder) -> bool:
        return thief.refresh("refreshes after the end") and thief.orders("orders with what that gave")
