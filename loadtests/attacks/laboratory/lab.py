"""What an attack works with: people who log in, requests that are kept as evidence, and the oracle."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from authbench.contracts import message
from authbench.contracts.card import Card, ClientDuty, Operation
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.measuring_protocol import AccountOrder
from authbench.contracts.security.attack import AttackOutcome, Exchange, Figure
from loadtests.attacks.laboratory.condition import StandIn
from loadtests.attacks.laboratory.shortened import excerpt, shortened
from loadtests.attacks.laboratory.target import Target
from loadtests.clients.blocking_client import BlockingClient, Reply
from loadtests.clients.client import Client, Headers, Login

_TOLD = ("set-cookie", "www-authenticate", "cache-control", "clear-site-data", "location")
"""Reply headers that evidence keeps, of every attack."""


@dataclass
class Person:
    """Somebody with an account and a client of their own, and after `log_in` a credential."""

    username: str
    password: str
    client: Client
    login: Login | None = None

    @property
    def credential(self) -> Headers:
        """What the last login gave. Ask only after one."""
        assert self.login is not None, "log_in was not called"  # noqa: S101 - a defect of the attack
        return self.login.headers

    @property
    def refresh_token(self) -> str | None:
        return self.login.refresh_token if self.login else None


@dataclass(frozen=True)
class AttackResult:
    """What came of one attack on one server."""

    outcome: AttackOutcome
    reason: str
    evidence: Sequence[Exchange]
    figures: Sequence[Figure] = ()
    worked_before: bool | None = None
    worked_after: bool | None = None
    denied_by_card: str | None = None
    same_as: str | None = None
    """Not run: the scheme on which it is tried for both."""
    nothing_there: bool = False
    """Not run: there is nothing that it could act on."""


@dataclass
class AttackLab:
    """One attack on one running server. Fresh for each attack: it collects the attack's evidence."""

    target: Target
    connection: BlockingClient
    evidence: list[Exchange] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    worked_before: bool | None = None
    worked_after: bool | None = None
    told: Sequence[str] = _TOLD
    """Reply headers that its evidence keeps."""

    @property
    def card(self) -> Card:
        return self.target.card

    # People

    def new_client(self) -> Client:
        """A client of somebody else's, or another device: with a key of its own where tokens are bound."""
        return Client(self.card, self.target.origin)

    def new_person(self, scope: str = "user") -> Person:
        """Make an account that nobody else uses, and a client for it. Not logged in yet."""
        person = Person(
            f"attack-{secrets.token_hex(4)}",
            secrets.token_urlsafe(16),
            self.new_client(),
        )
        order = AccountOrder(username=person.username, password=person.password, scope=scope)
        self.target.server.ask(order, message.Reply)
        return person

    def log_in(self, person: Person, *, over: BlockingClient | None = None) -> Login:
        """Log in as their client does. Failure if that does not give a credential."""
        connection = over or self.connection
        reply = self.send_login(person, over=connection)
        login = person.client.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
        if login is None and self.card.authenticates:
            raise Failure(f"{self.target.scheme}: no login: status {reply.status}", ExitCode.VERIFICATION)
        person.login = login or Login({}, None)
        return person.login

    def send_login(
        self, person: Person, headers: Headers | None = None, *, over: BlockingClient | None = None
    ) -> Reply:
        """POST /login of this person. `headers`: instead of those that their client sends."""
        connection = over or self.connection
        if headers is None:
            headers = person.client.login_headers(lambda: connection.request("GET", "/csrf").set_cookies)
        body = {"username": person.username, "password": person.password}
        reply = self.send("login", "POST", "/login", headers, body, over=connection)
        # Every attack has logins, which send a dozen commands: their names are enough.
        names = " ".join(command.partition(" ")[0] for command in self.evidence[-1].store)
        self.evidence[-1] = self.evidence[-1].model_copy(update={"store": [names] if names else []})
        return reply

    def logged_in(self, scope: str = "user") -> Person:
        """A new person who is logged in."""
        person = self.new_person(scope)
        self.log_in(person)
        return person

    def another_device(self, person: Person) -> Person:
        """Log the same user in with another client."""
        device = Person(person.username, person.password, self.new_client())
        self.log_in(device)
        return device

    # Requests

    def send(
        self,
        title: str,
        method: str,
        path: str,
        headers: Headers | None = None,
        body: Any = None,
        *,
        over: BlockingClient | None = None,
    ) -> Reply:
        """Send exactly these headers; the reply. Kept as evidence with what the store was asked meanwhile."""
        self.target.go_on()
        sent, connection = dict(headers or {}), over or self.connection
        reply, commands = self.target.trace.during(lambda: connection.request(method, path, sent, body))
        self.keep(title, method, path, sent, body, reply, commands)
        return reply

    def ask(
        self,
        title: str,
        person: Person,
        method: str,
        path: str,
        body: Any = None,
        *,
        over: BlockingClient | None = None,
    ) -> Reply:
        """Send a request as the person's own client does: CSRF token and DPoP proof included."""
        headers = person.client.headers(method, path, person.credential)
        return self.send(title, method, path, headers, body, over=over)

    def refresh(self, title: str, person: Person, token: str | None = None) -> Reply:
        """POST /refresh with the person's refresh token, or another one."""
        body = {"refresh_token": token or person.refresh_token}
        return self.send(title, "POST", "/refresh", person.client.refresh_headers(), body)

    def log_out(self, person: Person, *, over: BlockingClient | None = None) -> Reply:
        """POST /logout as the person's client does, with the refresh token where there is one."""
        body = {"refresh_token": person.refresh_token} if person.refresh_token else None
        return self.ask("logout", person, "POST", "/logout", body, over=over)

    def still_refreshes(self, person: Person) -> bool:
        """Whether the person's refresh token, if there is one, still gives a credential."""
        return bool(person.refresh_token) and self.refresh("refresh", person).status == 200

    def keep(
        self,
        title: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Any,
        reply: Reply,
        commands: Sequence[str] = (),
    ) -> None:
        """Add an exchange to the evidence. Passwords and credentials are shortened."""
        if isinstance(body, dict):
            body = {name: "***" if "password" in name else value for name, value in body.items()}
        self.evidence.append(
            Exchange(
                title=title,
                request=f"{method} {shortened(path)}",
                headers={name: shortened(value) for name, value in headers.items()},
                body="" if body is None else shortened(str(body))[:400],
                status=reply.status,
                reply_headers=_told(reply, self.told),
                reply=excerpt(reply.body),
                store=list(commands),
            )
        )

    def wait(self, seconds: float) -> None:
        """Wait; Failure as soon as the command is interrupted."""
        self.target.go_on(seconds)

    # The oracle

    def has_effect(
        self,
        title: str,
        victim: Person,
        credential: Headers,
        client: Client | None = None,
        *,
        over: BlockingClient | None = None,
    ) -> bool:
        """Order something with this credential: whether the database then has it under the victim's name.

        `client` adds what it adds to any request; the victim's own unless given, as an attacker who replays a
        whole request would have it. A missing or stale CSRF token is fetched first, as the attacker would.
        """
        sent = (client or victim.client).headers("POST", "/orders", self.with_csrf(credential))
        return self.writes(title, victim.username, sent, over=over)

    def writes(
        self,
        title: str,
        username: str,
        sent: Headers,
        *,
        query: str = "",
        over: BlockingClient | None = None,
    ) -> bool:
        """Send POST /orders with exactly these headers; whether the order is then under that name."""
        nonce = f"nonce-{secrets.token_hex(6)}"
        path = f"/orders?{query}" if query else "/orders"
        self.send(title, "POST", path, sent, {"item": nonce, "quantity": 1}, over=over)
        effect = username in self.target.written_under(nonce)
        self.evidence[-1] = self.evidence[-1].model_copy(update={"effect": effect})
        return effect

    def with_csrf(self, credential: Headers) -> Headers:
        """The credential with a CSRF token that fits it: anybody who has a cookie can ask for one."""
        if self.card.client is not ClientDuty.CSRF_TOKEN or "Cookie" not in credential:
            return credential
        fresh = self.connection.request("GET", "/csrf", credential).set_cookies
        pairs = [line.partition(";")[0] for line in fresh]
        names = {pair.partition("=")[0] for pair in pairs}
        kept = [pair for pair in credential["Cookie"].split("; ") if pair.partition("=")[0] not in names]
        return {**credential, "Cookie": "; ".join([*kept, *pairs])}

    def check_before(self, person: Person, *, over: BlockingClient | None = None) -> bool:
        """Whether the person's own credential works before the attack; kept for the result."""
        self.worked_before = self.has_effect(
            "the legitimate credential, before", person, person.credential, over=over
        )
        return self.worked_before

    def check_after(self, person: Person) -> bool:
        """The same afterwards. Not for attacks that end the credential themselves."""
        self.worked_after = self.has_effect("the legitimate credential, after", person, person.credential)
        return self.worked_after

    # Results

    def succeeded(self, reason: str, *, denied_by_card: str | None = None) -> AttackResult:
        """`denied_by_card`: the statement of the card that this contradicts; exit code 5."""
        return self._result(AttackOutcome.SUCCEEDED, reason, denied_by_card)

    def rejected(self, reason: str) -> AttackResult:
        return self._result(AttackOutcome.REJECTED, reason)

    def unauthenticated(self, reason: str) -> AttackResult:
        return self._result(AttackOutcome.UNAUTHENTICATED, reason)

    def not_run(self, reason: str) -> AttackResult:
        """The attack could not be tried: say what was in the way."""
        return self._result(AttackOutcome.NOT_RUN, reason)

    def nothing_there(self, reason: str) -> AttackResult:
        """The scheme has nothing that this attack could act on: say what is missing."""
        return replace(self.not_run(reason), nothing_there=True)

    def left_to(self, stand_in: StandIn) -> AttackResult:
        """The attack is tried on another scheme, for both."""
        return replace(self.not_run(stand_in.reason), same_as=stand_in.scheme)

    def late_ends_denied(self) -> str | None:
        """The statement of the card that all logins of a user end at once; None if it says no such thing."""
        card = self.card
        ends_all = Operation.LOGOUT_EVERYWHERE in card.store_commands or card.store != "none"
        return "disabled_window_s: 0" if ends_all and card.disabled_window_s == 0 else None

    def figure(self, name: str, value: float, unit: str = "") -> None:
        """Add a figure without an interval."""
        self.figures.append(Figure(name=name, value=value, unit=unit))

    def _result(self, outcome: AttackOutcome, reason: str, denied_by_card: str | None = None) -> AttackResult:
        """An attack shows nothing where the legitimate credential did not work either."""
        shown = outcome in (AttackOutcome.REJECTED, AttackOutcome.UNAUTHENTICATED)
        if shown and False in (self.worked_before, self.worked_after):
            outcome, reason = AttackOutcome.NOT_RUN, "the legitimate credential did not work either"
        return AttackResult(
            outcome,
            reason,
            tuple(self.evidence),
            tuple(self.figures),
            self.worked_before,
            self.worked_after,
            denied_by_card,
        )


def _told(reply: Reply, names: Sequence[str]) -> dict[str, str]:
    """The reply's headers of these names; those of one name in one line each."""
    told: dict[str, str] = {}
    for name, value in reply.headers:
        if name in names:
            told[name] = "\n".join(filter(None, (told.get(name), shortened(value))))
    return told
