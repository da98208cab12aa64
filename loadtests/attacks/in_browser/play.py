"""One attack in a browser: people at their pages, tries by others, and how far each try came."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from authbench.contracts import message
from authbench.contracts.card import ClientDuty
from authbench.contracts.measuring_protocol import AccountOrder
from authbench.contracts.security.attack import AttackOutcome, Exchange
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.laboratory.shortened import excerpt, shortened
from loadtests.browser.arrivals import Arrival
from loadtests.browser.origins import VICTIM
from loadtests.browser.own_page import Keeps, OwnPage
from loadtests.browser.scene import Scene
from loadtests.clients.client import Client

_HOW_FAR = (
    AttackOutcome.NOT_RUN,
    AttackOutcome.BLOCKED,
    AttackOutcome.UNAUTHENTICATED,
    AttackOutcome.REJECTED,
    AttackOutcome.SUCCEEDED,
)
"""From the least to the most: the outcome of an attack is the one of the try that came farthest."""
_TOLD = {
    "cookie",
    "authorization",
    "dpop",
    "content-type",
    "origin",
    "x-csrf-token",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
}
"""Request headers that evidence keeps."""
_REPLIED = ("content-security-policy", "x-frame-options")
"""Reply headers that evidence keeps beside cookies."""


@dataclass(frozen=True)
class Nonce:
    """What an attack orders. Forms cannot declare JSON: they need the = in what they send."""

    text: str
    """In every spelling of it."""

    @property
    def item(self) -> str:
        return f"{self.text}="

    @property
    def body(self) -> str:
        """The order as JSON."""
        return json.dumps({"item": self.item, "quantity": 1})

    @property
    def field(self) -> tuple[str, str]:
        """Name and value of a form's one field that text/plain makes an order of."""
        return f'{{"quantity": 1, "item": "{self.text}', '"}'

    @property
    def query(self) -> str:
        return f"item={self.text}%3D&quantity=1"


@dataclass(frozen=True)
class User:
    """Somebody at the application's own page."""

    person: Person
    page: OwnPage
    keeps: Keeps

    @property
    def name(self) -> str:
        return self.person.username


@dataclass
class Play:
    """Made for one attack on one target. What its tries show is in `result`."""

    lab: AttackLab
    scene: Scene
    tries: list[tuple[str, AttackOutcome]] = field(default_factory=list)

    # People

    def person(self) -> Person:
        """Somebody with an account. The password has a =, so that a form can log in with it."""
        person = Person(
            f"attack-{secrets.token_hex(4)}",
            f"{secrets.token_urlsafe(12)}=",
            Client(self.lab.card, VICTIM),
        )
        order = AccountOrder(username=person.username, password=person.password, scope="user")
        self.lab.target.server.ask(order, message.Reply)
        return person

    @property
    def storages(self) -> tuple[Keeps, ...]:
        """Where a page can keep the credentials of this scheme."""
        if self.lab.card.carrier == "cookie":
            return (Keeps.COOKIE,)
        if self.lab.card.client is ClientDuty.DPOP_PROOF:
            return (Keeps.KEY,)
        return (Keeps.LOCAL_STORAGE, Keeps.MEMORY)

    def user(self, keeps: Keeps | None = None) -> User:
        """A new person at the application's page, not logged in yet."""
        keeps = keeps or self.storages[0]
        return User(self.person(), OwnPage(self.scene, keeps), keeps)

    def logged_in(self, keeps: Keeps | None = None) -> User:
        """A new person who has logged in at the application's page."""
        user = self.user(keeps)
        self.log_in(user)
        return user

    def log_in(self, user: User) -> None:
        """Type and press, as a user does."""
        mark = self.scene.arrivals.now()
        user.page.log_in(user.name, user.person.password)
        self._keep_first("the user logs in", mark, "/login")

    def log_out(self, user: User) -> None:
        mark = self.scene.arrivals.now()
        user.page.log_out()
        self._keep_first("the user logs out", mark, "/logout")

    # The legitimate credential

    def check_before(self, user: User) -> str:
        """Whether the user's page can order something; what it ordered."""
        nonce, works = self._orders("the user orders something, before", user)
        self.lab.worked_before = works and self.lab.worked_before is not False
        return nonce.text

    def check_after(self, user: User) -> None:
        """As `check_before`, after the attack."""
        works = self._orders("the user orders something, after", user)[1]
        self.lab.worked_after = works and self.lab.worked_after is not False

    def _orders(self, title: str, user: User) -> tuple[Nonce, bool]:
        nonce, mark = self.nonce(), self.scene.arrivals.now()
        user.page.order(nonce.item)
        works = user.name in self.lab.target.written_under(nonce.item)
        arrived = self.arrived(mark, nonce)
        self.keep(title, arrived[0] if arrived else None, works)
        return nonce, works

    # Tries

    @staticmethod
    def nonce() -> Nonce:
        return Nonce(f"nonce-{secrets.token_hex(6)}")

    def attempt(self, title: str, victim: User, send: Callable[[Nonce], object]) -> AttackOutcome:
        """Let `send` try to order the nonce in the victim's name, and tell how far it came."""
        self.lab.target.go_on()
        nonce, mark = self.nonce(), self.scene.arrivals.now()
        send(nonce)
        return self.judge(title, victim.name, nonce, mark)

    def judge(
        self,
        title: str,
        username: str,
        nonce: Nonce,
        mark: int,
        carried: Callable[[Arrival], bool] | None = None,
    ) -> AttackOutcome:
        """How far the order of the nonce came: whose it is in the database, and what arrived since the mark.

        `carried` tells whether an arrival had the credential that it needed; unless given, any credential.
        """
        arrived = self.arrived(mark, nonce)
        effect = username in self.lab.target.written_under(nonce.item)
        carried = carried or self.has_credential
        with_it = [each for each in arrived if carried(each)]
        if effect:
            outcome = AttackOutcome.SUCCEEDED
        elif with_it:
            outcome = AttackOutcome.REJECTED
        elif arrived and self.lab.card.carrier != "cookie":
            outcome = AttackOutcome.UNAUTHENTICATED
        else:
            outcome = AttackOutcome.BLOCKED
        shown = with_it or arrived
        self.keep(title, shown[0] if shown else None, effect)
        return self.tell(title, outcome)

    def tell(self, title: str, outcome: AttackOutcome) -> AttackOutcome:
        """Add the outcome of a try."""
        self.tries.append((title, outcome))
        return outcome

    def arrived(self, mark: int, nonce: Nonce) -> list[Arrival]:
        """What reached the application with the nonce; no preflight, which a browser sends by itself."""
        return [
            each
            for each in self.scene.arrivals.since(mark, VICTIM)
            if each.mentions(nonce.text) and each.method != "OPTIONS"
        ]

    @staticmethod
    def has_credential(arrival: Arrival) -> bool:
        """Whether it carries a session's cookie, or an Authorization header."""
        return "authorization" in arrival.headers or any(name.endswith("sid") for name in arrival.cookies)

    def ordered_as(
        self, title: str, attacker: Person, visitor: User, *, reached: bool = False
    ) -> AttackOutcome:
        """Let the visitor order something at the page: whether it is under the attacker's name.

        `reached`: the server was asked for that before, so that it was refused if the order has not got it.
        """
        self.lab.target.go_on()
        nonce, mark = self.nonce(), self.scene.arrivals.now()
        visitor.page.order(nonce.item)
        return self.judge(
            title, attacker.username, nonce, mark, lambda each: reached or _carries(each, attacker)
        )

    def overheard(self, title: str, victim: User, act: Callable[[], object]) -> AttackOutcome:
        """Do something that makes a browser ask without TLS; order with what the network heard."""
        self.lab.target.go_on()
        mark = self.scene.arrivals.now()
        act()
        plain = [each for each in self.scene.arrivals.since(mark) if each.origin.startswith("http:")]
        asked = [each for each in plain if each.path == "/me"]
        heard = [each for each in asked if self.has_credential(each)]
        if not heard:
            self.keep(title, asked[0] if asked else None, None)
            return self.tell(title, AttackOutcome.BLOCKED)
        self.keep(title, heard[0], None)
        names = {"cookie": "Cookie", "authorization": "Authorization", "dpop": "DPoP"}
        sent = {names[name]: value for name, value in heard[0].headers.items() if name in names}
        effect = self.lab.has_effect(f"{title}: used at once", victim.person, sent, self.thief())
        return self.tell(title, AttackOutcome.SUCCEEDED if effect else AttackOutcome.REJECTED)

    def reads(self, title: str, ordered: str, look: Callable[[], str]) -> AttackOutcome:
        """Let a page of another origin look: whether it sees what the visitor has ordered."""
        self.lab.target.go_on()
        mark = self.scene.arrivals.now()
        seen = ordered in look()
        arrived = [each for each in self.scene.arrivals.since(mark, VICTIM) if each.method == "GET"]
        self.keep(title, arrived[0] if arrived else None, seen)
        if seen:
            return self.tell(title, AttackOutcome.SUCCEEDED)
        # With the cookie it was answered, and the browser kept the answer to itself.
        refused = self.lab.card.carrier != "cookie" and bool(arrived)
        return self.tell(title, AttackOutcome.UNAUTHENTICATED if refused else AttackOutcome.BLOCKED)

    def thief(self) -> Client:
        """A client of somebody else: it has no key but its own."""
        return Client(self.lab.card, VICTIM)

    # Evidence

    def _keep_first(self, title: str, mark: int, path: str) -> None:
        for each in self.scene.arrivals.since(mark, VICTIM):
            if each.path == path and each.method == "POST":
                self.keep(title, replace(each, body=b""), None)
                return

    def keep(self, title: str, arrival: Arrival | None, effect: bool | None) -> None:
        """Add what arrived to the evidence, or that nothing did."""
        if arrival is None:
            self.lab.evidence.append(
                Exchange(
                    title=title,
                    request=f"to {VICTIM}",
                    status=0,
                    reply="nothing arrived: the browser did not send it",
                    effect=effect,
                )
            )
            return
        replied = {name: value for name, value in arrival.reply_headers if name in _REPLIED}
        cookies = [shortened(value) for name, value in arrival.reply_headers if name == "set-cookie"]
        if cookies:
            replied["set-cookie"] = "\n".join(cookies)
        self.lab.evidence.append(
            Exchange(
                title=title,
                request=f"{arrival.method} {arrival.origin}{shortened(arrival.path)}",
                headers={name: shortened(arrival.headers[name]) for name in arrival.headers if name in _TOLD},
                body=excerpt(arrival.body),
                status=arrival.status,
                reply_headers=replied,
                reply=excerpt(arrival.reply),
                effect=effect,
            )
        )

    # The result

    def result(self, *, denied_by_card: str | None = None) -> AttackResult:
        """The outcome of the try that came farthest; the reason names every try.

        `denied_by_card`: the statement of the card that a success contradicts.
        """
        outcome = max((outcome for _, outcome in self.tries), key=_HOW_FAR.index)
        reason = self._told_by_outcome()
        if outcome is AttackOutcome.SUCCEEDED:
            return self.lab.succeeded(reason, denied_by_card=denied_by_card)
        # Only where the legitimate credential works.
        result = self.lab.rejected(reason)
        return result if result.outcome is AttackOutcome.NOT_RUN else replace(result, outcome=outcome)

    def _told_by_outcome(self) -> str:
        """'SUCCEEDED: a, b; blocked by browser: c'."""
        found = {
            outcome: list(dict.fromkeys(title for title, came in self.tries if came is outcome))
            for outcome in reversed(_HOW_FAR)
        }
        return "; ".join(f"{outcome}: {', '.join(titles)}" for outcome, titles in found.items() if titles)


def _carries(arrival: Arrival, person: Person) -> bool:
    """Whether a request presents the credential of that person."""
    authorization = person.credential.get("Authorization")
    if authorization is not None:
        return arrival.headers.get("authorization") == authorization
    session = person.credential["Cookie"].partition(";")[0].partition("=")[2]
    return session in arrival.headers.get("cookie", "")


def kept(person: Person) -> str:
    """What the application's page keeps of this person's login, where it keeps any."""
    kind, _, token = person.credential.get("Authorization", "").partition(" ")
    return json.dumps({"access_token": token, "token_type": kind})
