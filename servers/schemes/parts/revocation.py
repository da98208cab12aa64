"""What ends signed claims before they expire: nothing, a deny list, or a version of each user's tokens."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import replace
from typing import ClassVar

from starlette.requests import Request

from authbench.contracts.card import PROTECTED, Operation, StoreEmptied, StoreLoss
from servers.contract.claims import Claims
from servers.contract.errors import Unauthenticated
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.bearer import bearer_token
from servers.credentials.tokens.codec import TokenCodec
from servers.schemes.parts.cards import Declared, alike
from servers.schemes.parts.part import Part, opened, redis_of
from servers.stores.redis.client import RedisStore
from servers.stores.sessions import Counts
from servers.stores.token_state.denylist import Denials, Denylist, denials
from servers.stores.token_state.local_denylist import LocalDenylist
from servers.stores.token_state.user_versions import CachedVersions, Versions


class Revocation(Part):
    """What the end of logins does to tokens. This one does nothing: a token is good until it expires."""

    asked = False
    """Whether a verified token has to be admitted as well."""
    denials: Denials | None = None
    """How the end of a login denies its tokens in the same step, where that can be."""
    versions: str | None = None
    """The prefix of the keys under which users' versions stand, where tokens have one."""

    async def open(self, redis: RedisStore, ending: AsyncExitStack) -> None:
        """Begin to use the store in which logins are recorded, too."""

    def around(self, codec: TokenCodec) -> TokenCodec:
        """What verifies in place of `codec`."""
        return codec

    def marked(self, claims: Claims, family: str, version: int = 0) -> Claims:
        """What a token of this login says. `version` is the user's when the login was seen alive."""
        return claims

    async def admits(self, claims: Claims) -> bool:
        """Whether the token with these claims, which were verified, has not been ended."""
        raise NotImplementedError

    async def deny(self, claims: Claims) -> bool:
        """End this one token and not its login (RFC 7009); False if it lives until it expires."""
        return False

    def forget(self, sub: str) -> None:
        """Forget what this process knows of the user's tokens: they end, or the user has another role."""

    def on_logout(self, request: Request) -> None:
        """Take note of a logout that was accepted."""

    def on_end(self, families: Sequence[str]) -> None:
        """Take note of logins that this process has just ended in the store."""

    def on_raise(self, sub: str, version: int) -> None:
        """Take note of the version that this process has just given the user in the store."""


class DenylistRevocation(Revocation):
    """Each token names its login, and a list says which are denied: every read asks Redis for both.

    A login is denied as a whole, so that the tokens it had before its last refresh die too, and those that
    are being made in this moment. A single token is denied by its jti. A changed role still waits for the
    next token.
    """

    asked = True
    denials: Denials
    loss: ClassVar = StoreLoss.REFUSES
    emptied: ClassVar[StoreEmptied | None] = StoreEmptied.REVOKED_WORK_AGAIN

    def __init__(self, settings: ServerSettings) -> None:
        self._settings = settings
        self.denials = denials(settings.redis_key_prefix, settings.token_lifetime_s)
        self.declared = self._declared({"exists": 1}, {})

    def _declared(self, check: Counts, announce: Counts, window_s: float = 0) -> Declared:
        """What a check asks the store, and what telling others of a denial does."""
        denies = {"set": 1, **announce}
        return Declared(
            commands={
                **alike(PROTECTED, check),
                Operation.LOGOUT: denies,
                Operation.LOGOUT_EVERYWHERE: {**check, **denies},
            },
            store="redis",
            refused_after_logout=True,
            revocation_s=window_s,
            disabled_s=0,
            store_loss=self.loss,
            store_emptied=self.emptied,
        )

    def _list(self, redis: RedisStore) -> Denylist:
        return Denylist(redis, self.denials)

    async def start(self, ending: AsyncExitStack) -> None:
        redis_of(self._settings)

    async def open(self, redis: RedisStore, ending: AsyncExitStack) -> None:
        self.list = await opened(ending, self._list(redis))

    def marked(self, claims: Claims, family: str, version: int = 0) -> Claims:
        """Whatever ends the login ends the token too, even if it is still being made."""
        return replace(claims, sid=family)

    async def admits(self, claims: Claims) -> bool:
        return not await self.list.is_denied((claims.jti, claims.sid))

    async def deny(self, claims: Claims) -> bool:
        await self.list.deny(claims.jti)
        return True

    def on_end(self, families: Sequence[str]) -> None:
        """Their tokens were denied in the same step: know it here at once."""
        self.list.note(families)


class LocalDenylistRevocation(DenylistRevocation):
    """The same list, of which every process has a copy: nothing is asked on a read.

    The process that is told refuses at once; the others when the news arrives, or they ask Redis. A process
    keeps what it knows when the store loses it.
    """

    loss = StoreLoss.UNTIL_CACHE_ENDS
    emptied = None

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self.denials = replace(self.denials, channel=f"{settings.redis_key_prefix}denials")
        window_s = settings.denylist_heartbeat_s + settings.store_deadline_ms / 1000
        self.declared = self._declared({}, {"publish": 1}, window_s)

    def _list(self, redis: RedisStore) -> Denylist:
        settings = self._settings
        deadline_s = settings.store_deadline_ms / 1000
        return LocalDenylist(redis, self.denials, settings.denylist_heartbeat_s, deadline_s)


class VersionRevocation(Revocation):
    """A token is good while its version is its user's. Nothing ends a single one: logout ends the refresh.

    With `cached` each process remembers versions for `not_before_cache_s` seconds. The process that raised
    one knows at once.
    """

    asked = True
    versions: str

    def __init__(self, settings: ServerSettings, *, cached: bool = False) -> None:
        self._settings = settings
        self._cached = cached
        self.versions = f"{settings.redis_key_prefix}version:"
        read, raises = {"get": 1}, {"incr": 1}
        again: Mapping[Operation, Counts] = alike(PROTECTED, {})
        window_s = settings.not_before_cache_s if cached else 0
        self.declared = Declared(
            commands={
                **alike((*PROTECTED, Operation.LOGIN, Operation.REFRESH), read),
                Operation.LOGOUT_EVERYWHERE: {**read, **raises},
            },
            repeated={**again, Operation.LOGOUT_EVERYWHERE: raises} if cached else {},
            store="redis",
            role_change_s=window_s,
            disabled_s=window_s,
            store_loss=StoreLoss.UNTIL_CACHE_ENDS if cached else StoreLoss.REFUSES,
            store_emptied=StoreEmptied.REVOKED_WORK_AGAIN,
        )

    async def start(self, ending: AsyncExitStack) -> None:
        redis_of(self._settings)

    async def open(self, redis: RedisStore, ending: AsyncExitStack) -> None:
        if self._cached:
            self.known: Versions = CachedVersions(redis, self.versions, self._settings.not_before_cache_s)
        else:
            self.known = Versions(redis, self.versions)
        await self.known.start()

    def marked(self, claims: Claims, family: str, version: int = 0) -> Claims:
        """The version that the user had when the login was seen alive, and its scope read."""
        return replace(claims, ver=version)

    async def admits(self, claims: Claims) -> bool:
        return await self.known.of(claims.sub) == claims.ver

    def on_raise(self, sub: str, version: int) -> None:
        self.known.raised(sub, version)


class RememberedVerification(Revocation):
    """The signature of a token is checked once by each process; then the claims are remembered.

    Kept under the SHA-256 of the token's text, so that nobody who reads this memory can present it. A token
    that has another spelling is another entry, and verified itself. Bounded: the token used least recently
    is forgotten first. Forgotten is also whatever this process is told to end: a remembered token must never
    be worth more than one that is verified now.
    """

    def __init__(self, limit: int, checked: Sequence[Operation]) -> None:
        """`checked`: what verifies a token. A logout that does looks it up once more, to forget it."""
        self._limit = limit
        self.known: OrderedDict[bytes, Claims] = OrderedDict()
        self.declared = Declared(
            crypto={each: {"SHA-256": 2 if each is Operation.LOGOUT else 1} for each in checked}
        )

    def around(self, codec: TokenCodec) -> TokenCodec:
        """Remembers nothing of before: the keys may be others, and that of a token must be good now."""
        self.known.clear()
        return _Remembering(codec, self.known, self._limit)

    def forget(self, sub: str) -> None:
        # Looks at every entry, two milliseconds for 20,000: these are rare, and an index by user
        # would cost every read.
        for digest in [digest for digest, claims in self.known.items() if claims.sub == sub]:
            del self.known[digest]

    def on_logout(self, request: Request) -> None:
        """Forget the access token presented, if one is."""
        # A refresh token in the body is enough to log out.
        with suppress(Unauthenticated):
            self.known.pop(_digest(bearer_token(request)), None)


class _Remembering:
    """A `TokenCodec` that decodes each token once."""

    def __init__(self, codec: TokenCodec, known: OrderedDict[bytes, Claims], limit: int) -> None:
        self._codec = codec
        self._known = known
        self._limit = limit
        self.crypto = codec.crypto
        self.encode = codec.encode

    def decode(self, token: str) -> Claims:
        """The claims of a token that is good now, remembered or not."""
        digest = _digest(token)
        claims = self._known.get(digest)
        if claims is not None and claims.exp > time.time():
            self._known.move_to_end(digest)
            return claims
        self._known.pop(digest, None)
        claims = self._codec.decode(token)
        self._known[digest] = claims
        if len(self._known) > self._limit:
            self._known.popitem(last=False)
        return claims


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
