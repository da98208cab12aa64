"""The users of one arm, logged in: their credentials, renewed outside every window, and their requests."""

import time
from collections.abc import Sequence

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import PlannedRequest
from authbench.contracts.records import CanaryResult, RenewalReading
from authbench.words.counting import counted
from loadtests.clients.blocking_client import BlockingClient
from loadtests.harness.target.check import SPARE_S, Checked, forged
from loadtests.harness.target.recipe import Credential, Recipe
from loadtests.harness.target.service import Service
from loadtests.harness.target.users import User


class Crowd:
    """Every user with a credential of its own."""

    def __init__(self, arm: str, checked: Checked, users: Sequence[User]) -> None:
        """Log all of them in, and learn what each is answered. Failure in one line where one is refused."""
        self._arm = arm
        self._checked = checked
        self._users = users
        self._recipe = Recipe(checked.variant)
        with self.service.connect() as connection:
            self._credentials = []
            self._bodies: list[list[str | None]] = [[] for _ in checked.variant.endpoints]
            for user in users:
                credential = self._recipe.log_in(connection, user)
                self._credentials.append(credential)
                self._learn(connection, user, credential)
        if len({each.value for each in self._credentials}) < len(users):
            raise self._failure("two users got the same credential: the service mixes up its users")

    @property
    def service(self) -> Service:
        """Where they are logged in."""
        return self._checked.service

    @property
    def opening(self) -> str:
        """The path that a connection asks for before it is used."""
        return self._checked.variant.endpoints[0].path

    def _failure(self, what: str, exit_code: ExitCode = ExitCode.USAGE) -> Failure:
        return Failure(f"{self._arm}: {what}", exit_code)

    def _learn(self, connection: BlockingClient, user: User, credential: Credential) -> None:
        """Keep the body that each endpoint answers this user with: in the run no other is right."""
        for endpoint, bodies in zip(self._checked.variant.endpoints, self._bodies, strict=True):
            reply = connection.send("GET", endpoint.path, credential.headers)
            if reply.status == 0:
                raise self._failure(f"GET {endpoint.path} had no reply: is the service up?", ExitCode.INVALID)
            wanted = endpoint.contains.replace("{username}", user.username).encode()
            if reply.status != endpoint.status or wanted not in reply.body:
                raise self._failure(
                    f"GET {endpoint.path} answers user {user.username!r} with {reply.status}, or without "
                    f"{endpoint.contains!r}: correct the file of users, or the endpoint"
                )
            try:
                bodies.append(reply.body.decode() if endpoint.body == "same" else None)
            except UnicodeDecodeError:
                raise self._failure(f"GET {endpoint.path}: its body is not UTF-8: say body = 'any'") from None

    def require_alive(self) -> None:
        """Failure if the first user's credential is refused after the logins of all others."""
        self.renew(0.0)
        endpoint = self._checked.variant.endpoints[0]
        with self.service.connect() as connection:
            status = connection.send("GET", endpoint.path, self._credentials[0].headers).status
        if status == 0:
            raise self._failure(f"GET {endpoint.path} had no reply: is the service up?", ExitCode.INVALID)
        if status != endpoint.status:
            raise self._failure(
                f"GET {endpoint.path} answers {status} to a credential of user {self._users[0].username!r} "
                "after a later login: the service keeps one login of a user, and variants need one each"
            )

    def require_up(self) -> None:
        """Failure with the exit code of an invalid run if the service accepts no connection."""
        with self.service.connect() as connection:
            try:
                connection.reach()
            except OSError:
                raise self._failure(
                    f"the service at {self.service.origin} stopped answering. The run is marked as not "
                    "complete: look for the reason in the service's own log, start it, and run again",
                    ExitCode.INVALID,
                ) from None

    def renew(self, for_s: float) -> RenewalReading | None:
        """Renew every credential that would not outlive a slice of so many seconds; None: none was due.

        Failure with the exit code of an invalid run where one is not renewed, or where renewing them takes
        longer than they live.
        """
        began_s = time.monotonic()
        due = [
            number
            for number, credential in enumerate(self._credentials)
            if credential.good_until_s - began_s < for_s + 2 * SPARE_S
        ]
        if not due:
            return None
        took_ns = []
        with self.service.connect() as connection:
            for number in due:
                sent_ns = time.monotonic_ns()
                try:
                    renewed = self._recipe.renew(connection, self._users[number], self._credentials[number])
                except Failure as failure:
                    raise Failure(
                        f"a credential was not renewed: {failure}. The run is marked as not complete",
                        ExitCode.INVALID,
                    ) from None
                took_ns.append(time.monotonic_ns() - sent_ns)
                self._credentials[number] = renewed
        if min(each.good_until_s for each in self._credentials) < time.monotonic() + for_s + SPARE_S:
            raise self._failure(
                f"renewing {counted(len(due), 'credential')} took {time.monotonic() - began_s:.0f} s, "
                f"and they live "
                f"{self._checked.facts.lifetime_s:.0f} s: use fewer users, or let them live longer",
                ExitCode.INVALID,
            )
        return RenewalReading(
            by=self._checked.facts.renewed_by, sent=len(due), renewed=len(took_ns), took_ns=took_ns
        )

    def reads(self) -> list[PlannedRequest]:
        """A request of every user to every endpoint, dealt by users: request n is one of user n % users."""
        return [
            PlannedRequest(
                headers=dict(credential.headers), expect=body, path=endpoint.path, status=endpoint.status
            )
            for endpoint, bodies in zip(self._checked.variant.endpoints, self._bodies, strict=True)
            for credential, body in zip(self._credentials, bodies, strict=True)
        ]

    def canaries(self) -> list[CanaryResult]:
        """A good credential, none, and a forged one, at the first endpoint."""
        endpoint, good = self._checked.variant.endpoints[0], self._credentials[0]
        expected = {"good": endpoint.status, **self._checked.canaries}
        presented = {
            "good": good.headers,
            "none": {},
            "forged": self._checked.variant.credential.presented(forged(good.value)),
        }
        with self.service.connect() as connection:
            return [
                CanaryResult(
                    kind=kind,
                    expected_status=status,
                    status=connection.send("GET", endpoint.path, presented[kind]).status,
                )
                for kind, status in expected.items()
            ]
