"""The ways in which a credential ends before its time: what has to be there, what is probed, what ends it."""

import secrets
from abc import ABC, abstractmethod
from typing import ClassVar

from authbench.contracts.card import Operation
from authbench.contracts.measuring_protocol import DisableOrder, RoleOrder
from authbench.contracts.security.timeline import Revocation
from loadtests.clients.blocking_client import BlockingClient
from loadtests.clients.client import Login
from loadtests.revocation.site import Site


class Ending(ABC):
    """One revocation of one user's credential, in steps: prepare, log in, end."""

    kind: ClassVar[Revocation]
    path: ClassVar[str] = "/me"
    """Of the probe."""
    second_login: ClassVar[bool] = False
    """Whether the call is made by another login of the same user than the one that is probed."""
    in_flight_s: ClassVar[tuple[float, float]] = (-0.008, 0.008)
    """From the call on, in which requests of the probed credential are under way in numbers."""

    in_flight: ClassVar[int] = 16
    """How many."""

    def __init__(self, site: Site, username: str) -> None:
        self._site = site
        self._username = username

    def prepare(self) -> None:  # noqa: B027 - most need nothing
        """Do what is needed before the logins."""

    @abstractmethod
    def end(self, connection: BlockingClient, caller: Login) -> None:
        """Revoke, and return when the server says that it is done. NotRevoked if it says something else.

        `caller` is the login that is probed, unless there is a second one. An administrator uses neither.
        """


class Logout(Ending):
    """A client that has a refresh token hands it in, so that it dies too."""

    kind = Revocation.LOGOUT

    def end(self, connection: BlockingClient, caller: Login) -> None:
        body = {"refresh_token": caller.refresh_token} if caller.refresh_token else None
        self._site.send(connection, "/logout", caller.headers, body)


class LogoutEverywhere(Ending):
    """One device logs all of them out."""

    kind = Revocation.LOGOUT_EVERYWHERE
    second_login = True

    def end(self, connection: BlockingClient, caller: Login) -> None:
        self._site.send(connection, "/logout-everywhere", caller.headers)


class PasswordChange(Ending):
    """The user changes the password on one device; a copied credential of another one must die.

    Hashing comes first and takes most of the call.
    """

    kind = Revocation.PASSWORD_CHANGE
    second_login = True
    in_flight_s = (0.03, 0.15)

    def end(self, connection: BlockingClient, caller: Login) -> None:
        body = {"current_password": self._site.password, "new_password": secrets.token_urlsafe(16)}
        self._site.send(connection, "/account/password", caller.headers, body)


class RoleDowngrade(Ending):
    """An administrator is one no longer. A refusal of any kind will do: some schemes end the login."""

    kind = Revocation.ROLE_DOWNGRADE
    path = Operation.ADMIN_REPORT.path
    in_flight = 6
    """Each counts rows of the database."""

    def prepare(self) -> None:
        self._site.administer(RoleOrder(username=self._username, scope="user admin"))

    def end(self, connection: BlockingClient, caller: Login) -> None:  # noqa: ARG002 - see Ending
        self._site.administer(RoleOrder(username=self._username, scope="user"))


class AccountDisabled(Ending):
    """The account is locked and its logins are ended, as an administrator's page would."""

    kind = Revocation.ACCOUNT_DISABLED

    def end(self, connection: BlockingClient, caller: Login) -> None:  # noqa: ARG002 - see Ending
        self._site.administer(DisableOrder(username=self._username))


ENDINGS: dict[Revocation, type[Ending]] = {
    each.kind: each for each in (Logout, LogoutEverywhere, PasswordChange, RoleDowngrade, AccountDisabled)
}
"""Those of one user. A rotation of keys ends everybody's at once, and has its own place in `cell`."""
