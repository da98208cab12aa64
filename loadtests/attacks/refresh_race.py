"""Many requests with one refresh token at the same moment: how many of them get a login of their own."""

from functools import partial

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.refreshes.at_once import at_once, open_connections
from loadtests.attacks.refreshes.holder import NOTHING_REFRESHES
from loadtests.clients.blocking_client import BlockingClient
from loadtests.clients.client import Login

_RACERS = 16
_ROUNDS = 6
"""Each with a fresh login. Where rotation is read, delete, write, a single round already has several winners
in seventeen of twenty (GET, DEL, SET of 16 racers against Redis)."""


class RefreshRace(Attack):
    """Present one refresh token sixteen times at once, six times; count the successors that work afterwards.

    The same successor for all of them is one login. Two different ones that both refresh and both read GET
    /me are two: a login has been copied, and neither copy's use gives the other away.
    """

    row = "H2"
    name = "refresh race"
    question = "Do requests that race with one refresh token get several logins out of it?"
    sources = ("RFC 9700 section 4.14.2", "OWASP ASVS 5.0 10.4.5")
    control = Control("servers.vulnerable.tokens.refresh_rotation:VulnerableRace")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        if not victim.refresh_token:
            return lab.nothing_there(NOTHING_REFRESHES)
        lab.check_before(victim)
        granted, alive = 0, []
        with open_connections(lab.target, _RACERS) as connections:
            for _ in range(_ROUNDS):
                winners = self._race(lab, victim, connections)
                granted = max(granted, len(winners))
                successors = {login.refresh_token: login for login in winners}
                alive.append(sum(self._works(lab, victim, login) for login in successors.values()))
                lab.log_in(victim)
                if alive[-1] > 1:
                    break
        lab.figure("requests that were granted, the most of a round", granted, f"of {_RACERS}")
        lab.figure("logins that work after a round, the most", max(alive))
        lab.figure("rounds after which nobody was logged in", alive.count(0), f"of {len(alive)}")
        lab.check_after(victim)
        if max(alive) > 1:
            return lab.succeeded(f"{max(alive)} different successors of one token work side by side")
        if max(alive) == 0:
            return lab.rejected("one request was granted at most, and the others ended the login as reuse")
        return lab.rejected("however many were granted, they share one successor")

    @staticmethod
    def _race(lab: AttackLab, victim: Person, connections: list[BlockingClient]) -> list[Login]:
        """What the racers were given."""
        body = {"refresh_token": victim.refresh_token}
        headers = [victim.client.refresh_headers() for _ in connections]
        lab.target.go_on()
        replies = at_once(
            [
                partial(connection.request, "POST", "/refresh", sent, body)
                for connection, sent in zip(connections, headers, strict=True)
            ]
        )
        for reply in replies[:2]:
            lab.keep("one of sixteen at once", "POST", "/refresh", headers[0], body, reply)
        kept = [
            victim.client.keep(reply.set_cookies, reply.json()) for reply in replies if reply.status == 200
        ]
        return [login for login in kept if login is not None]

    @staticmethod
    def _works(lab: AttackLab, victim: Person, login: Login) -> bool:
        """Whether this successor still refreshes, and what it gives is the victim's at GET /me."""
        body = {"refresh_token": login.refresh_token}
        reply = lab.send("a successor", "POST", "/refresh", victim.client.refresh_headers(), body)
        renewed = victim.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
        if renewed is None:
            return False
        headers = victim.client.headers("GET", "/me", renewed.headers)
        me = lab.send("and what it gave", "GET", "/me", headers).json()
        return isinstance(me, dict) and me.get("sub") == victim.username
