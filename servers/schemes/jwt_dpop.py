"""Tokens bound to a key of the client's: whoever steals one cannot use it (RFC 9449)."""

import hmac

from starlette.requests import Request

from authbench.contracts.card import Card, ClientDuty, Operation
from authbench.contracts.failure import Failure
from servers.contract.claims import Claims, Identity, new_claims
from servers.contract.scheme import Account, Issued, Mark
from servers.contract.settings import ServerSettings
from servers.credentials.tokens.dpop import (
    REALM,
    Proof,
    check_proof,
    dpop_token,
    refuse_bound_token,
    refuse_used_proof,
)
from servers.schemes.jwt_hs256 import Hs256Tokens
from servers.stores.redis.client import RedisStore
from servers.stores.token_state.used_proofs import UsedProofs

_PROVEN = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)


class DpopTokens(Hs256Tokens):
    """Every request carries a proof of its own, signed with the key the token names.

    A proof can be repeated for as long as it is young (section 11.1), unless `dpop_replay_store` is on: then
    each is good once, and costs one SET in Redis, without which nobody gets in. Under load proofs are laid
    out before anything is measured, and repeated, so there it is off. Nothing refreshes: a refresh token
    would have to be bound as well.
    """

    name = "jwt-dpop"
    summary = "jwt-hs256 bound to the client's key: each request proves with ES256 that its sender has it."
    travels = "a signed token of about 480 characters and a proof of about 500"
    token_type = "DPoP"  # noqa: S105 - a name
    purpose = "bound access token"
    used_by = "FAPI 2.0 deployments, AT Protocol, and identity providers that offer RFC 9449."
    reason = (
        "A stolen token is worth nothing without the key, which a browser need not let anybody read. Every "
        "request pays a second signature on both sides, and half a kilobyte."
    )

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings.model_copy(update={"redis_url": None}))
        self._replay_url = settings.redis_url if settings.dpop_replay_store else None
        self._once = settings.dpop_replay_store
        self._used: UsedProofs | None = None

    @property
    def card(self) -> Card:
        """What the scheme declares of itself, with proofs that are good once or for a while."""
        card = super().card
        proven = {"HS256 verify": 1, "ES256 verify": 1, "SHA-256": 2}
        once = {"set": 1} if self._once else {}
        return card.model_copy(
            update={
                "client": ClientDuty.DPOP_PROOF,
                "store": "redis" if self._once else "none",
                "store_commands": {
                    **card.store_commands,
                    **dict.fromkeys((*_PROVEN, Operation.LOGIN, Operation.LOGOUT), once),
                },
                "crypto_operations": {
                    **dict.fromkeys((*_PROVEN, Operation.LOGOUT), proven),
                    Operation.LOGIN: {"HS256 sign": 1, "ES256 verify": 1, "SHA-256": 1},
                },
            }
        )

    @property
    def challenge(self) -> str:
        """Section 7.1."""
        return REALM

    @property
    def security(self) -> dict[str, str]:
        """Registered as an authentication scheme by RFC 9449 section 12.4; its proof is another header."""
        return {"type": "http", "scheme": "dpop"}

    @property
    def store_failures(self) -> int:
        """How often Redis could not say whether a proof was used."""
        return self._used.failures if self._used else 0

    async def start(self) -> None:
        """Open the store of proofs, if each is to be good once."""
        await super().start()
        if not self._once:
            return
        if self._replay_url is None:
            raise Failure(f"{self.name} needs a Redis where proofs are good once: give --redis-url")
        settings = self.settings
        redis = RedisStore(self._replay_url, settings.store_deadline_ms / 1000, settings.store_connections)
        self._used = UsedProofs(redis, settings.redis_key_prefix, settings.dpop_proof_lifetime_s)
        await self._used.start(settings.store_connections_warm)

    async def stop(self) -> None:
        """Close it."""
        if self._used is not None:
            await self._used.stop()
        await super().stop()

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """A token bound to the key that signed the login's proof (section 5)."""
        del mark
        proof = check_proof(request, self.origin, self.settings.dpop_proof_lifetime_s)
        await self._use(proof)
        settings = self.settings
        claims = new_claims(
            account.username, account.scope, settings.token_lifetime_s, extra=settings.extra,
            jkt=proof.thumbprint,
        )  # fmt: skip
        return self._answer(claims, None)

    async def authenticate(self, request: Request) -> Identity:
        """The subject of a good token that comes with a proof of its key."""
        token = dpop_token(request)
        proof = check_proof(request, self.origin, self.settings.dpop_proof_lifetime_s, token)
        claims = self._bound(token)
        if not claims.jkt or not hmac.compare_digest(claims.jkt.encode(), proof.thumbprint.encode()):
            raise refuse_bound_token()
        await self._use(proof)
        return claims.identity()

    def _bound(self, token: str) -> Claims:
        if "=" in token:
            raise refuse_bound_token()
        try:
            return self._codec.decode(token)
        except ValueError:
            raise refuse_bound_token() from None

    async def _use(self, proof: Proof) -> None:
        """Refuse a proof that was used before, where each is good once."""
        if self._used is not None and not await self._used.use(proof):
            raise refuse_used_proof()

    async def delete_keys(self) -> int:
        """Forget which proofs were used."""
        return await self._used.clear() if self._used else 0

    async def ping_store(self, count: int) -> list[float]:
        """Round trips to Redis in microseconds, where it is asked."""
        return await self._used.round_trips_us(count) if self._used else []
