"""What a credential is: a reference to a record in a store, or claims that are signed and travel whole."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import ClassVar, Literal

from starlette.requests import Request

from authbench.contracts.card import PROTECTED, Operation, StoreEmptied, StoreLoss
from servers.contract.claims import Claims
from servers.contract.errors import Forbidden
from servers.contract.scheme import Login, Mark
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.authorization import require_first_party
from servers.credentials.tokens.codec import TokenCodec
from servers.keys.keys import Keys
from servers.schemes.parts.cards import ALWAYS, Declared, alike
from servers.schemes.parts.carriers import Carrier
from servers.schemes.parts.part import Logins, Part, opened
from servers.schemes.parts.revocation import Revocation
from servers.schemes.parts.signers import Signer
from servers.stores.sessions import Asks, Counts, SessionStore

_ID_BYTES = 32
"""256 bits, 43 characters of base64url. ASVS 5.0 7.2.3 asks for 128 in a session id; RFC 6749 section 10.10
asks for 128 in a token, better 160."""
_ID_SHAPE = re.compile(r"[A-Za-z0-9_-]{43}")


class CredentialPart(Part):
    """Issues credentials as text, and reads and ends those that a request presents."""

    carrier: Carrier
    lifetime_s: int
    """Seconds from a login on that a credential is good at most."""

    async def issue(self, claims: Claims, mark: Mark) -> str:
        """A new credential. `Unauthenticated` if the user's were ended since `mark` was taken."""
        raise NotImplementedError

    async def replace(self, request: Request, claims: Claims) -> tuple[str, Claims] | None:
        """A new one, and what it says, in place of all that the user has; None if the presented one ended."""
        raise NotImplementedError

    async def read(self, request: Request) -> Claims:
        """What the credential presented stands for. `Unauthenticated` unless it is good."""
        raise NotImplementedError

    async def use(self, request: Request) -> Claims:
        """The same for a request that ends nothing."""
        return await self.read(request)

    async def end(self, request: Request) -> Claims | None:
        """End the credential presented, as far as that can be; its claims where only a good one is ended."""
        raise NotImplementedError

    async def retire(self, texts: Sequence[str]) -> None:
        """End these, known or not, where that can be."""

    async def seed(self, claims: Sequence[Claims]) -> list[str]:
        """Credentials for many claims at once, expired ones included."""
        raise NotImplementedError


class Stored(CredentialPart, Logins):
    """A random id travels, what it stands for stays in a store, under the SHA-256 of the id.

    `window_s` is for how long the store may let in what was ended elsewhere.
    """

    store: SessionStore

    def __init__(
        self,
        carrier: Carrier,
        open_store: Callable[[], SessionStore],
        asks: Asks,
        lifetime_s: int,
        *,
        kind: Literal["memory", "redis", "sql"] = "redis",
        window_s: float = 0,
        revived_by_requests_in_flight: bool = False,
    ) -> None:
        self.carrier = carrier
        self.lifetime_s = lifetime_s
        self._open_store = open_store
        to_end = asks.read if asks.read_to_end is None else asks.read_to_end
        repeated: dict[Operation, Counts] = {}
        if asks.again is not None:
            repeated |= alike(PROTECTED, asks.again)
            if not asks.again_only_reads:
                repeated[Operation.LOGOUT_EVERYWHERE] = {**asks.again, **asks.end_all}
        self.declared = Declared(
            commands={
                **alike(ALWAYS, asks.read),
                Operation.PUBLIC: {},
                Operation.LOGIN: asks.login,
                Operation.LOGOUT: asks.end,
                Operation.LOGOUT_EVERYWHERE: {**to_end, **asks.end_all},
            },
            repeated=repeated,
            # One hash of what was presented or issued: the key of the store.
            crypto={each: {"SHA-256": 1} for each in Operation if each is not Operation.PUBLIC},
            store=kind,
            refused_after_logout=True,
            stale_s=window_s,
            revived_by_requests_in_flight=revived_by_requests_in_flight,
            store_loss=_loss(kind, asks),
            store_emptied=StoreEmptied.LOGGED_OUT,
        )

    async def start(self, ending: AsyncExitStack) -> None:
        self.store = await opened(ending, self._open_store())

    async def issue(self, claims: Claims, mark: Mark) -> str:
        text = secrets.token_urlsafe(_ID_BYTES)
        if not await self.store.create(_key(text), claims, mark):
            raise self.carrier.ended()
        return text

    async def replace(self, request: Request, claims: Claims) -> tuple[str, Claims] | None:
        """Nothing brings back what a logout has ended: then there is no new one either."""
        text = secrets.token_urlsafe(_ID_BYTES)
        stored = await self.store.replace_all(_key(self.carrier.present(request)), _key(text), claims)
        return None if stored is None else (text, stored)

    async def found(self, request: Request) -> tuple[str, Claims]:
        """The store's key of the credential presented, and its claims."""
        text = self.carrier.present(request)
        if _ID_SHAPE.fullmatch(text) is None:
            raise self.carrier.refusal()
        key = _key(text)
        claims = await self.store.read(key)
        if claims is None:
            raise self.carrier.refusal()
        return key, claims

    async def read(self, request: Request) -> Claims:
        return (await self.found(request))[1]

    use = read

    async def end(self, request: Request) -> Claims | None:
        """End what the request presents, known or not (RFC 7009 section 2.2)."""
        keys = _keys(self.carrier.to_end(request))
        if not keys:
            raise self.carrier.needed()
        await self.store.end(keys)
        return None

    async def retire(self, texts: Sequence[str]) -> None:
        if keys := _keys(texts):
            await self.store.end(keys)

    async def seed(self, claims: Sequence[Claims]) -> list[str]:
        """With a time to live of its lifetime; an expired one is there for an idle period."""
        texts = [secrets.token_urlsafe(_ID_BYTES) for _ in claims]
        await self.store.create_many([(_key(text), item) for text, item in zip(texts, claims, strict=True)])
        return texts

    async def mark(self, sub: str) -> Mark:
        return await self.store.mark(sub)

    async def of_user(self, own: Claims) -> list[Login]:
        """By their jti."""
        found = await self.store.of_user(own.sub)
        return [Login(item.jti, item.iat, item.exp, item.jti == own.jti) for item in found]

    async def end_one(self, sub: str, handle: str) -> bool:
        return await self.store.end_one(sub, handle)

    async def end_all(self, sub: str) -> None:
        await self.store.end_all(sub)

    async def rescope(self, sub: str, scope: str) -> None:
        """In force as soon as it is read."""
        await self.store.rescope(sub, scope)


def _loss(kind: Literal["memory", "redis", "sql"], asks: Asks) -> StoreLoss:
    """Without its store nobody is let in, but from a cache: where a repeated read asks nothing."""
    if kind == "memory":
        return StoreLoss.LOGGED_OUT
    remembered = asks.again is not None and not asks.again
    return StoreLoss.UNTIL_CACHE_ENDS if remembered else StoreLoss.REFUSES


def _keys(texts: Sequence[str]) -> list[str]:
    return [_key(text) for text in texts if _ID_SHAPE.fullmatch(text)]


def _key(text: str) -> str:
    """Only a hash is stored, and only a hash is a key of a cache: nobody who reads either can use it."""
    return hashlib.sha256(text.encode()).hexdigest()


class Signed(CredentialPart):
    """Claims that travel signed, and are checked without a store: nothing ends them but `revocation`.

    `checked` are the operations that verify one.
    """

    bound: ClassVar[bool] = False
    """Whether claims name a key of the client's, which it must prove."""

    def __init__(
        self,
        settings: ServerSettings,
        carrier: Carrier,
        signer: Signer,
        lifetime_s: int,
        checked: Sequence[Operation] = PROTECTED,
        revocation: Revocation | None = None,
    ) -> None:
        self._settings = settings
        self.carrier = carrier
        self.signer = signer
        self.lifetime_s = lifetime_s
        self._revocation = revocation or Revocation()
        signs, verifies = {signer.signs: 1}, {signer.verifies: 1}
        self.declared = Declared(
            commands=alike((Operation.PUBLIC, *PROTECTED, Operation.LOGIN, Operation.LOGOUT), {}),
            crypto=alike((Operation.LOGIN, Operation.REFRESH), signs) | alike(checked, verifies),
            refused_after_logout=False,
            stale_s=lifetime_s,
            store_loss=StoreLoss.KEEPS_SERVING,
            store_emptied=StoreEmptied.KEEPS_SERVING,
        )

    def prepare(self, keys: Keys) -> None:
        """Take the keys: each process must know the credentials of the others."""
        self.codec: TokenCodec = self._revocation.around(self.signer.codec(keys))

    async def start(self, ending: AsyncExitStack) -> None:
        """Failure if what the settings put into every credential is too much for its carrier."""
        self.carrier.refuse_large_settings(self.codec.encode)

    async def issue(self, claims: Claims, mark: Mark) -> str:
        """What was presented before is replaced at the client, and cannot be ended."""
        text = self.codec.encode(claims)
        if not self.carrier.fits(text):
            raise Forbidden("What has to be said of this account does not fit into a cookie.")
        return text

    async def replace(self, request: Request, claims: Claims) -> tuple[str, Claims] | None:
        """Nothing can end the old ones: the card says so."""
        return await self.issue(claims, None), claims

    def verified(self, request: Request) -> Claims:
        """The claims presented, all of it checked but whether they were revoked."""
        return self.decoded(self.carrier.present(request))

    def decoded(self, text: str) -> Claims:
        """The claims in a credential. `Unauthenticated` unless it was made here, and is good now."""
        # RFC 7515 section 2: base64url without padding. PyJWT lets some of it pass, and then one token has
        # two spellings.
        if "=" in text:
            raise self.carrier.refusal()
        try:
            claims = self.codec.decode(text)
        except ValueError:
            raise self.carrier.refusal() from None
        # Bound to a key of its client's: worth nothing without a proof, and only a carrier of proofs checks
        # one (RFC 9449 section 7.2).
        if bool(claims.jkt) is not self.bound:
            raise self.carrier.refusal()
        return claims

    async def read(self, request: Request) -> Claims:
        claims = self.verified(request)
        if self._revocation.asked and not await self._revocation.admits(claims):
            raise self.carrier.refusal()
        return claims

    use = read

    async def end(self, request: Request) -> Claims | None:
        """A client's cookie is removed, good or not. Who sends a token must at least send a good one."""
        if self.carrier.set_by_answers:
            self.carrier.present(request)
            return None
        claims = await self.read(request)
        require_first_party(claims.identity())
        return claims

    async def seed(self, claims: Sequence[Claims]) -> list[str]:
        texts = []
        for count, item in enumerate(claims):
            texts.append(self.codec.encode(item))
            # A signature of RSA takes a millisecond.
            if count % 20 == 0:
                await asyncio.sleep(0)
        return texts
