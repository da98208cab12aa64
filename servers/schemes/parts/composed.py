"""A scheme that is composed of parts: what the endpoints ask of it, done by its parts."""

import asyncio
from abc import abstractmethod
from collections.abc import Collection, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from starlette.requests import Request

from authbench.contracts.card import Card
from servers.contract.claims import FIRST_PARTY, Claims, Identity, new_claims
from servers.contract.errors import NotOffered
from servers.contract.scheme import Account, Credential, Issued, Login, Mark, Offer, Scheme
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.authorization import require_first_party
from servers.credentials.tokens.refresh_tokens import RefreshToken
from servers.schemes.parts.cards import summed
from servers.schemes.parts.carriers import Carrier
from servers.schemes.parts.credentials import CredentialPart, Signed, Stored
from servers.schemes.parts.part import Logins, Part, Store
from servers.schemes.parts.renewal import FamilyRenewal, invalid_refresh_token, refresh_token_in
from servers.schemes.parts.revocation import Revocation


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What a scheme is made of."""

    credential: CredentialPart
    """With the carrier in which it travels."""
    renewal: FamilyRenewal | None = None
    revocation: Revocation = field(default_factory=Revocation)
    more: tuple[Part, ...] = ()
    """What one scheme has of its own."""
    authenticates: bool = True
    loopback_only: bool = False

    @property
    def carrier(self) -> Carrier:
        """How the credential travels."""
        return self.credential.carrier

    @property
    def all(self) -> tuple[Part, ...]:
        """Every part, in the order in which they are started."""
        renewal = () if self.renewal is None else (self.renewal,)
        return (self.credential, self.carrier, *renewal, self.revocation, *self.more)


class ComposedScheme(Scheme):
    """A scheme whose `compose` says what it is made of; what its card says in words is told beside it."""

    summary: str
    travels: str = "a random 256-bit session id, 43 characters"
    used_by: str = ""
    reason: str = ""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self.parts = parts = self.compose()
        self.carrier = parts.carrier
        self.credential = parts.credential
        self.renewal = parts.renewal
        self.revocation = parts.revocation
        record = parts.renewal or parts.credential
        self._logins = record if isinstance(record, Logins) else Logins()
        self._ending = AsyncExitStack()
        self._prepared = False

    @abstractmethod
    def compose(self) -> Parts:
        """What the scheme is made of under its settings. Without side effects: as for its card."""

    @property
    def card(self) -> Card:
        """The sum of what the parts declare."""
        parts, carrier = self.parts, self.carrier
        renewed = parts.renewal.declared.commands if parts.renewal else {}
        return Card(
            name=self.name,
            authenticates=parts.authenticates,
            carrier=carrier.kind,
            client=carrier.duty,
            loopback_only=parts.loopback_only,
            summary=self.summary,
            travels=self.travels,
            used_by=self.used_by,
            reason=self.reason,
            **summed(
                [part.declared for part in parts.all],
                {**carrier.declared.commands, **parts.credential.declared.commands, **renewed},
                waits=self.settings.redis_wait_replicas > 0,
            ),
        )

    @property
    def challenge(self) -> str:
        return self.carrier.challenge

    @property
    def security(self) -> dict[str, str]:
        return self.carrier.security

    @property
    def offers(self) -> frozenset[Offer]:
        """Everything that needs a record of logins, where there is one, and what the client needs."""
        offers = set()
        if isinstance(self.credential, Logins) or self.renewal is not None:
            offers |= {Offer.LOGOUT_EVERYWHERE, Offer.SESSIONS}
        if self.renewal is not None:
            offers.add(Offer.REFRESH)
        if self.carrier.set_by_answers:
            offers.add(Offer.CSRF_TOKEN)
        return frozenset(offers)

    @property
    def crypto(self) -> dict[str, str | int]:
        return self.credential.codec.crypto if isinstance(self.credential, Signed) else {}

    @property
    def ends_with_its_keys(self) -> bool:
        return isinstance(self.credential, Signed)

    @property
    def store_failures(self) -> int:
        return sum(store.failures for store in self._stores)

    def prepare(self) -> None:
        """Take the keys: each process must know the credentials of the others."""
        self._prepared = True
        for part in self.parts.all:
            part.prepare(self.keys)

    async def start(self) -> None:
        """Open the stores. Takes the keys where nobody has: in a process alone."""
        if not self._prepared:
            self.prepare()
        for part in self.parts.all:
            await part.start(self._ending)

    async def stop(self) -> None:
        await self._ending.aclose()

    def scope_challenge(self, scope: str | None) -> str | None:
        return self.carrier.scope_challenge(scope)

    def check_state_change(self, request: Request) -> None:
        self.carrier.check_state_change(request)

    async def csrf_token(self, request: Request) -> Issued:
        return self.carrier.csrf_token(request)

    async def before_login(self, username: str) -> Mark:
        return await self._logins.mark(username)

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        issued = await self.open_login(self.claims_of(account.username, account.scope), mark)
        # Not before: a login that is refused ends nothing.
        await self.credential.retire(self.carrier.replaced(request))
        return issued

    async def open_login(self, claims: Claims, mark: Mark, refresh: RefreshToken | None = None) -> Issued:
        """A credential of a new login. `Unauthenticated` if the user's were ended since `mark` was taken.

        `refresh` is its first refresh token, where one has been made.
        """
        if self.renewal is not None:
            refresh = refresh or self.renewal.tokens.first()
            version = await self.renewal.create(refresh, claims, mark)
            if version is None:
                raise self.carrier.ended()
            claims = self.revocation.marked(claims, refresh.family, version)
        return await self.answer(claims, mark, refresh)

    async def answer(self, claims: Claims, mark: Mark = None, refresh: RefreshToken | None = None) -> Issued:
        """The answer with a new credential that says this; `refresh` goes with it."""
        text = await self.credential.issue(claims, mark)
        self.credentials_issued += 1
        return self.carrier.attach(text, claims, refresh)

    def claims_of(self, sub: str, scope: str, client_id: str = FIRST_PARTY, jkt: str = "") -> Claims:
        """What a credential that is made now says."""
        return new_claims(
            sub, scope, self.credential.lifetime_s, extra=self.settings.extra, client_id=client_id, jkt=jkt
        )

    async def authenticate(self, request: Request) -> Identity:
        return (await self.credential.use(request)).identity()

    async def owner(self, request: Request) -> Claims:
        """The claims presented, of a login of the user's own.

        An OAuth client may not touch the account it was let into.
        """
        claims = await self.credential.read(request)
        require_first_party(claims.identity())
        return claims

    async def revoke(self, request: Request) -> Issued:
        """End the login of the refresh token in the body, else the credential presented, and its login."""
        renewal = self.renewal
        presented = None if renewal is None else await renewal.presented(request)
        if renewal is None or presented is None:
            claims = await self.credential.end(request)
            if claims is not None and renewal is not None and self.revocation.denials is not None:
                await renewal.end_login(claims.sid)
        elif await renewal.end(presented) != "over":
            raise invalid_refresh_token()
        self.revocation.on_logout(request)
        return Issued(headers=self.carrier.removal())

    async def refresh(self, request: Request) -> Issued:
        if self.renewal is None:
            raise NotOffered
        return await self.renew(await refresh_token_in(request))

    async def renew(
        self,
        presented: RefreshToken,
        client_id: str = FIRST_PARTY,
        asked: str = "",
        allowed: Collection[str] | None = None,
    ) -> Issued:
        """Exchange a refresh token that this client presents; the rest as in `FamilyRenewal.rotate`."""
        if self.renewal is None:
            raise NotOffered
        rotation, refresh = await self.renewal.rotate(presented, client_id, asked, allowed)
        claims = self.claims_of(rotation.sub, rotation.scope, client_id)
        claims = self.revocation.marked(claims, presented.family, rotation.version)
        return await self.answer(claims, None, refresh)

    async def revoke_everywhere(self, request: Request) -> Issued:
        await self.end_all((await self.owner(request)).sub)
        return Issued(headers=self.carrier.removal())

    async def logins(self, request: Request) -> list[Login]:
        claims = await self.credential.use(request)
        require_first_party(claims.identity())
        return await self._logins.of_user(claims)

    async def revoke_login(self, request: Request, handle: str) -> Issued | None:
        claims = await self.owner(request)
        if not await self._logins.end_one(claims.sub, handle):
            return None
        # Sessions are called by their jti, other logins by their sid. Of a token that names no login, nobody
        # knows whether its own has ended.
        if handle not in (claims.jti, claims.sid):
            return Issued()
        return Issued(headers=self.carrier.removal(), logged_out=True)

    async def end_all(self, username: str) -> None:
        self.revocation.forget(username)
        await self._logins.end_all(username)

    async def password_changed(self, request: Request, account: Account) -> Issued:
        """End all credentials of the user, and give a browser a new one in place of its own.

        If that ended meanwhile there is none: nothing brings back what a logout has ended.
        """
        if not self.carrier.set_by_answers:
            await self.end_all(account.username)
            # Without a record of logins a token outlives the change.
            return Issued(logged_out=Offer.LOGOUT_EVERYWHERE in self.offers)
        replaced = await self.credential.replace(request, self.claims_of(account.username, account.scope))
        if replaced is None:
            return Issued(headers=self.carrier.removal(), logged_out=True)
        self.credentials_issued += 1
        return self.carrier.attach(*replaced)

    async def role_changed(self, username: str, scope: str) -> None:
        self.revocation.forget(username)
        await self._logins.rescope(username, scope)

    def rotate_keys(self) -> None:
        if not isinstance(self.credential, Signed):
            raise NotOffered
        self.credential.signer.rotate(self.keys)
        self.prepare()

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """A credential each, and a login each where they are recorded."""
        refreshes: Sequence[RefreshToken | None] = [None] * len(claims)
        said = claims
        if self.renewal is not None:
            refreshes = made = await self.renewal.begin_many(claims)
            said = [
                self.revocation.marked(item, token.family) for item, token in zip(claims, made, strict=True)
            ]
        texts = await self.credential.seed(said)
        self.credentials_issued += len(texts)
        credentials = []
        for text, item, refresh in zip(texts, claims, refreshes, strict=True):
            headers = self.carrier.sent(text, item)
            credentials.append(Credential(headers, item, str(refresh) if refresh else None))
            if len(credentials) % 500 == 0:
                await asyncio.sleep(0)
        return credentials

    async def delete_keys(self) -> int:
        return sum([await store.clear() for store in self._stores])

    async def ping_store(self, count: int) -> list[float]:
        return [trip for store in self._stores for trip in await store.round_trips_us(count)]

    def store_memory_bytes(self) -> int | None:
        return self.credential.store.memory_bytes() if isinstance(self.credential, Stored) else None

    @property
    def _stores(self) -> list[Store]:
        return [part.store for part in self.parts.all if part.store is not None]
