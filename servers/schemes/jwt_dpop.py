"""Tokens bound to a key of the client's: whoever steals one cannot use it (RFC 9449)."""

import hmac
from contextlib import AsyncExitStack

from starlette.requests import Request

from authbench.contracts.card import PROTECTED, ClientDuty, Operation, StoreLoss
from servers.contract.claims import Claims
from servers.contract.errors import Unauthenticated
from servers.contract.scheme import Account, Issued, Mark, Scheme
from servers.credentials.tokens.dpop import (
    AHEAD_S,
    REALM,
    Proof,
    check_proof,
    dpop_token,
    refuse_bound_token,
    refuse_used_proof,
)
from servers.schemes.parts.cards import Declared, alike
from servers.schemes.parts.carriers import BearerCarrier
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.credentials import Signed
from servers.schemes.parts.part import opened, redis_of
from servers.schemes.parts.signers import SharedSecret, hs256
from servers.stores.token_state.used_proofs import UsedProofs


class DpopCarrier(BearerCarrier):
    """A token, and with every request a proof of its own, signed with the key the token names.

    A proof can be repeated for as long as it is young (section 11.1), unless `dpop_replay_store` is on: then
    each is good once, and costs one SET in Redis, without which nobody gets in.
    """

    duty = ClientDuty.DPOP_PROOF
    challenge = REALM
    """Section 7.1."""
    token_type = "DPoP"  # noqa: S105 - registered as an authentication scheme by section 12.4
    present = staticmethod(dpop_token)
    store: UsedProofs | None = None

    def __init__(self, scheme: Scheme) -> None:
        super().__init__()
        self._scheme = scheme
        self._settings = settings = scheme.settings
        once = {"set": 1} if settings.dpop_replay_store else {}
        if once and settings.redis_wait_replicas:
            once["wait"] = 1
        proven = (*PROTECTED, Operation.LOGOUT)
        proves = {"ES256 verify": 1, "SHA-256": 2}
        self.declared = Declared(
            commands=alike((*proven, Operation.LOGIN), once) if once else {},
            crypto={**alike(proven, proves), Operation.LOGIN: {"ES256 verify": 1, "SHA-256": 1}},
            store="redis" if once else None,
            store_loss=StoreLoss.REFUSES if once else None,
        )

    async def start(self, ending: AsyncExitStack) -> None:
        """Open the store of proofs, if each is to be good once."""
        settings = self._settings
        if settings.dpop_replay_store:
            # A client's clock may be ahead: its proof is good for so much longer than our clock would say.
            good_s = settings.dpop_proof_lifetime_s + AHEAD_S
            used = UsedProofs(
                redis_of(settings), settings.redis_key_prefix, good_s, settings.store_connections_warm
            )
            self.store = await opened(ending, used)

    def refusal(self) -> Unauthenticated:
        return refuse_bound_token()

    def proof(self, request: Request, token: str | None = None) -> Proof:
        """The proof that comes with the request, made for this token if one is given."""
        return check_proof(request, self._scheme.origin, self._settings.dpop_proof_lifetime_s, token)

    async def use(self, proof: Proof) -> None:
        """Refuse a proof that was used before, where each is good once."""
        if self.store is not None and not await self.store.use(proof.thumbprint, proof.jti):
            raise refuse_used_proof()


class BoundToken(Signed):
    """A signed token that is worth nothing without a proof of the key it names."""

    bound = True
    carrier: DpopCarrier

    async def read(self, request: Request) -> Claims:
        token = self.carrier.present(request)
        proof = self.carrier.proof(request, token)
        claims = self.decoded(token)
        if not hmac.compare_digest(claims.jkt.encode(), proof.thumbprint.encode()):
            raise self.carrier.refusal()
        await self.carrier.use(proof)
        return claims

    use = read


class DpopTokens(ComposedScheme):
    """`jwt-hs256` with a proof of possession.

    Under load proofs are laid out before anything is measured, and repeated, so there `dpop_replay_store` is
    off. Nothing refreshes: a refresh token would have to be bound as well.
    """

    name = "jwt-dpop"
    summary = "jwt-hs256 bound to the client's key: each request proves with ES256 that its sender has it."
    travels = "a signed token of about 480 characters and a proof of about 500"
    used_by = "FAPI 2.0 deployments, AT Protocol, and identity providers that offer RFC 9449."
    reason = (
        "A stolen token is worth nothing without the key, which a browser need not let anybody read. Every "
        "request pays a second signature on both sides, and half a kilobyte."
    )

    def compose(self) -> Parts:
        settings = self.settings
        carrier, secret = DpopCarrier(self), SharedSecret("bound access token", hs256)
        checked = (*PROTECTED, Operation.LOGOUT)
        return Parts(credential=BoundToken(settings, carrier, secret, settings.token_lifetime_s, checked))

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """A token bound to the key that signed the login's proof (section 5)."""
        carrier = self.carrier
        assert isinstance(carrier, DpopCarrier)  # noqa: S101 - as composed
        proof = carrier.proof(request)
        await carrier.use(proof)
        return await self.answer(self.claims_of(account.username, account.scope, jkt=proof.thumbprint))
