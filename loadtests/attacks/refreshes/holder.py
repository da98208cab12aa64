"""Somebody who holds a refresh token of a login: its owner, or a thief with a copy."""

from loadtests.attacks.laboratory.lab import AttackLab, Person
from loadtests.clients.blocking_client import Reply
from loadtests.clients.client import Client, Headers


class Holder:
    """Refreshes as a client does, and keeps what it is given. Every request is kept as evidence."""

    def __init__(self, lab: AttackLab, who: str, victim: Person, *, owner: bool = False) -> None:
        """Copy the refresh token that the victim has now; the owner has access token and client, too."""
        self._lab = lab
        self._who = who
        self._victim = victim
        self.client = victim.client if owner else Client(lab.card, lab.target.origin)
        self.token = victim.refresh_token
        self.headers: Headers | None = victim.credential if owner else None
        """The access token of the last refresh that was granted; None before the first one."""

    def refresh(self, title: str, token: str | None = None) -> bool:
        """Present the latest refresh token, or another one. What is given for it is kept; False: nothing."""
        body = {"refresh_token": token or self.token}
        reply = self._lab.send(
            f"{self._who}: {title}", "POST", "/refresh", self.client.refresh_headers(), body
        )
        return self.keep(reply)

    def keep(self, reply: Reply) -> bool:
        """Keep what a reply gives; whether it gives anything."""
        login = self.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
        if login is None:
            return False
        self.token, self.headers = login.refresh_token, login.headers
        return True

    def orders(self, title: str) -> bool:
        """Order something as the victim with the latest access token: whether the database has it."""
        return self.headers is not None and self._lab.has_effect(
            f"{self._who}: {title}", self._victim, self.headers, self.client
        )


def login_with_refresh(lab: AttackLab) -> tuple[Person, Holder, Holder] | None:
    """(A victim who is logged in, the same as a holder, a thief with a copy of the refresh token).

    None if the login gives no refresh token.
    """
    victim = lab.logged_in()
    if not victim.refresh_token:
        return None
    lab.check_before(victim)
    return victim, Holder(lab, "the owner", victim, owner=True), Holder(lab, "the thief", victim)


NOTHING_REFRESHES = "a login gives no refresh token"
GRACE_S = 10
"""The default of the setting `refresh_grace_s`."""
