"""Check the recipe of a variant, one request at a time, before any load is sent: each mistake is one line."""

import ssl
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from authbench.contracts.failure import Failure
from authbench.contracts.records import MeasuredVariant
from authbench.contracts.target.guard import looks_like_a_login
from authbench.contracts.target.target_file import Endpoint, Target, Variant
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.harness.hosts.host import Host
from loadtests.harness.target.recipe import Credential, Recipe, read_value
from loadtests.harness.target.service import Service, cpu_means, observe_server, service_of
from loadtests.harness.target.users import User
from loadtests.harness.telemetry.cpu_clock import CpuOwner

SPARE_S = 5.0
"""What a credential must outlive its slice by: the drain, and whatever lies before the slice."""
_LOGINS = 3
_READS = 10
_FORGED = "forged"


@dataclass(frozen=True)
class Checked:
    """A variant whose recipe works."""

    variant: Variant
    service: Service
    facts: MeasuredVariant
    canaries: Mapping[str, int]
    """Kind of a bad credential -> the status it is refused with, at the first endpoint."""


@dataclass(frozen=True)
class _Cost:
    """What some requests took, in the middle."""

    elapsed_us: float
    cpu_us: float | None


def check_variant(target: Target, variant: Variant, user: User, host: Host) -> Checked:
    """Log one user in, read every endpoint with good and bad credentials, renew. Failure in one line.

    `host`: has the processes of the service.
    """
    service = service_of(target, variant)
    owner = observe_server(host, variant.name, target, variant)
    with service.connect() as connection:
        checking = _Checking(variant, connection, owner)
        processes = checking.processes()
        checking.reach(service)
        credential, login = checking.log_in(user)
        checking.refuse_wrong_password(user)
        refused: list[int] = []
        for endpoint in variant.endpoints:
            checking.read(endpoint, user, credential)
            refused.append(checking.refuse_without(endpoint))
        canaries = {"none": refused[0], _FORGED: checking.refuse_forged(variant.endpoints[0], credential)}
        lifetime_s = credential.good_until_s - checking.logged_in_s
        checking.require_lifetime(lifetime_s, target.run.slice_s)
        checking.renew(user, credential)
        fresh, _ = checking.log_in(user, times=1)
        for endpoint in variant.endpoints:
            checking.guard(endpoint, fresh, login)
        checking.require_work()
    facts = MeasuredVariant(
        base_url=service.origin,
        login=variant.login.request,
        carrier=next(iter(credential.headers)),
        requests=[f"GET {endpoint.path}" for endpoint in variant.endpoints],
        refused_with=refused,
        bodies="any" if any(endpoint.body == "any" for endpoint in variant.endpoints) else "same",
        lifetime_s=round(lifetime_s, 1),
        renewed_by="refresh" if variant.refresh else "login",
        login_ms=round(login.elapsed_us / 1e3, 3),
        login_cpu_us=login.cpu_us,
        processes=processes,
        cpu_by=cpu_means(host, target.processes_of(variant).server),
        guarded=not any(endpoint.slow for endpoint in variant.endpoints),
    )
    return Checked(variant, service, facts, canaries)


class _Checking:
    """One variant while it is checked, over one connection."""

    def __init__(self, variant: Variant, connection: BlockingClient, owner: CpuOwner | None) -> None:
        self._variant = variant
        self._connection = connection
        self._owner = owner
        self._recipe = Recipe(variant)
        self.logged_in_s = 0.0
        self._began_ns = self._cpu_ns()

    def reach(self, service: Service) -> None:
        """Failure if the service's certificate is not trusted, or it speaks no TLS. Others are told later."""
        try:
            self._connection.reach()
        except ssl.SSLCertVerificationError as error:
            raise self._failure(
                f"the certificate of {service.origin} is not trusted ({error.verify_message}): correct "
                "authority, or the name in base_url"
            ) from None
        except ssl.SSLError as error:
            raise self._failure(
                f"{service.origin} does not speak TLS as expected ({error.reason}): correct base_url"
            ) from None
        except OSError:
            return  # the first request says so

    def require_work(self) -> None:
        """Failure if the processes whose CPU is read did nothing while all of this was asked."""
        if self._owner and self._cpu_ns() == self._began_ns:
            raise self._failure(
                "processes.server: these processes used no CPU time while a user logged in and read: name "
                "those that serve, or leave the key out"
            )

    def _failure(self, what: str) -> Failure:
        return Failure(f"{self._variant.name}: {what}")

    def log_in(self, user: User, times: int = _LOGINS) -> tuple[Credential, _Cost]:
        """The newest credential of some logins, and what one cost."""
        costs = []
        for _ in range(times):
            began_s, began_ns = time.monotonic(), self._cpu_ns()
            credential = self._recipe.log_in(self._connection, user)
            self.logged_in_s = time.monotonic()
            costs.append(self._cost(began_s, began_ns, 1))
        return credential, _median(costs)

    def processes(self) -> int | None:
        """How many are read; None: nobody is named."""
        try:
            return len(self._owner.pids()) if self._owner else None
        except OSError:
            raise self._ended() from None

    def _cpu_ns(self) -> int:
        try:
            return self._owner.cpu_ns() if self._owner else 0
        except OSError:
            raise self._ended() from None

    def _ended(self) -> Failure:
        return self._failure("one of its processes has ended: run again once it is up")

    def _cost(self, began_s: float, began_ns: int, count: int) -> _Cost:
        elapsed_us = (time.monotonic() - began_s) * 1e6 / count
        cpu_us = (self._cpu_ns() - began_ns) / 1e3 / count if self._owner else None
        return _Cost(elapsed_us, cpu_us)

    def refuse_wrong_password(self, user: User) -> None:
        """Failure if a login with a wrong password gives a credential that is accepted.

        Some services give everybody a session, which a login only fills.
        """
        try:
            # Changed at its beginning: bcrypt looks at the first 72 bytes only.
            wrong = User(user.username, f"not-{user.password}")
            credential = self._recipe.log_in(self._connection, wrong)
        except Failure:
            return
        endpoint = self._variant.endpoints[0]
        if self._ask(endpoint, credential.headers).status == endpoint.status:
            raise self._failure(
                f"{self._variant.login.request} gives a credential for a wrong password too: that proves "
                "nothing; correct its path and fields"
            )

    def _ask(self, endpoint: Endpoint, headers: Mapping[str, str]) -> Reply:
        reply = self._connection.send("GET", endpoint.path, headers)
        if reply.status == 0:
            raise self._failure(f"GET {endpoint.path} had no reply: is the service up?")
        if reply.version != 11:
            raise self._failure(
                f"GET {endpoint.path} is answered in HTTP/1.0, which closes its connection each time: the "
                "load generator reads HTTP/1.1 only; let the service speak it"
            )
        if reply.status not in (204, 304) and reply.header("content-length") is None:
            raise self._failure(
                f"GET {endpoint.path} answers {reply.status} without a Content-Length: the load generator "
                "reads no replies in chunks; take an endpoint that states its length"
            )
        return reply

    def read(self, endpoint: Endpoint, user: User, credential: Credential) -> None:
        """Failure unless a good credential gets the reply that the file expects, twice."""
        first, second = (self._ask(endpoint, credential.headers) for _ in range(2))
        if first.status != endpoint.status:
            raise self._failure(
                f"GET {endpoint.path} answers {first.status} instead of {endpoint.status} to a fresh "
                f"credential in {next(iter(credential.headers))}: correct credential.present_header and "
                "present_value, or the path"
            )
        wanted = endpoint.contains.replace("{username}", user.username)
        if wanted.encode() not in first.body:
            encoding = first.header("content-encoding")
            why = f": it is compressed ({encoding}), though nobody asked for that" if encoding else ""
            raise self._failure(f"the body of GET {endpoint.path} does not contain {wanted!r}{why}")
        if endpoint.body == "same" and first.body != second.body:
            raise self._failure(
                f"GET {endpoint.path} answers one credential with two different bodies: say body = 'any' for "
                "it, and only its status is checked"
            )
        again = [read_value(self._variant.credential, reply) for reply in (first, second)]
        if None not in again and again[0] != again[1]:
            raise self._failure(
                f"GET {endpoint.path} sets a new credential with every reply: what would be measured is "
                "issuing one, as a login does; take an endpoint that only checks it"
            )

    def refuse_without(self, endpoint: Endpoint) -> int:
        """The status of a request without a credential. Failure unless it is a refusal."""
        status = self._ask(endpoint, {}).status
        if 200 <= status < 300:
            raise self._failure(
                f"GET {endpoint.path} is not protected: it answers {status} without a credential; take one "
                "that needs a login"
            )
        if status >= 500:
            raise self._failure(f"GET {endpoint.path} answers {status} without a credential")
        return status

    def refuse_forged(self, endpoint: Endpoint, credential: Credential) -> int:
        """The status of a request with a changed credential. Failure unless it is a refusal."""
        status = self._ask(endpoint, self._variant.credential.presented(forged(credential.value))).status
        if not 300 <= status < 500:
            raise self._failure(
                f"GET {endpoint.path} answers {status} to a credential with one character changed: it "
                "authenticates nobody"
            )
        return status

    def require_lifetime(self, lifetime_s: float, slice_s: float) -> None:
        """Failure if a credential cannot outlive a slice."""
        least_s = slice_s + 2 * SPARE_S
        if lifetime_s < least_s:
            raise self._failure(
                f"its credentials live {lifetime_s:.0f} s, and a slice of {slice_s:g} s needs {least_s:g} s: "
                "let them live longer, or make run.slice_s shorter"
            )

    def renew(self, user: User, credential: Credential) -> None:
        """Failure unless the renewed credential is accepted."""
        renewed = self._recipe.renew(self._connection, user, credential)
        endpoint = self._variant.endpoints[0]
        status = self._ask(endpoint, renewed.headers).status
        if status != endpoint.status:
            raise self._failure(
                f"GET {endpoint.path} answers {status} instead of {endpoint.status} to a renewed credential: "
                "correct refresh"
            )

    def guard(self, endpoint: Endpoint, credential: Credential, login: _Cost) -> None:
        """Failure if a request costs about what a login costs that hashes a password."""
        if endpoint.slow:
            return
        costs = []
        for _ in range(_READS):
            began_s, began_ns = time.monotonic(), self._cpu_ns()
            self._ask(endpoint, credential.headers)
            costs.append(self._cost(began_s, began_ns, 1))
        read = _median(costs)
        by_cpu = read.cpu_us is not None and login.cpu_us is not None
        request_us, login_us = (
            (read.cpu_us or 0.0, login.cpu_us or 0.0) if by_cpu else (read.elapsed_us, login.elapsed_us)
        )
        if looks_like_a_login(request_us, login_us):
            # A reply in two packets waits 40 ms for the acknowledgement of the first, on a socket without
            # TCP_NODELAY: tcp(7). Time does not tell that from a hash.
            unsure = (
                "" if by_cpu else ", or each reply waits for something: processes.server tells them apart"
            )
            raise self._failure(
                f"GET {endpoint.path} takes {request_us / 1e3:.1f} ms{' of CPU' if by_cpu else ''}, a login "
                f"{login_us / 1e3:.1f} ms: a password seems to be hashed with every request{unsure}. Take "
                "an endpoint that does not log in, or say slow = true if the resource is so dear"
            )


def _median(costs: Sequence[_Cost]) -> _Cost:
    cpu = [cost.cpu_us for cost in costs if cost.cpu_us is not None]
    elapsed = statistics.median(cost.elapsed_us for cost in costs)
    return _Cost(elapsed, round(statistics.median(cpu), 1) if cpu else None)


def forged(credential: str) -> str:
    """The credential with one letter or digit in its middle changed."""
    places = [place for place, sign in enumerate(credential) if sign.isascii() and sign.isalnum()]
    if not places:
        return f"{credential}x"
    place = places[len(places) // 2]
    # Not the same letter in another case: hexadecimal digits are equal then.
    other = "A" if credential[place] not in "aA" else "B"
    return f"{credential[:place]}{other}{credential[place + 1 :]}"
