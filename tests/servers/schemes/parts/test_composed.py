"""Parts that no scheme in the tree combines: each works with the others as they are."""

import asyncio

import pytest

from authbench.contracts.card import ClientDuty, Operation
from servers.contract.claims import new_claims
from servers.contract.errors import NotOffered, Unauthenticated
from servers.contract.scheme import Account, Offer
from servers.contract.settings import ServerSettings
from servers.keys.key_pairs import EDDSA
from servers.schemes.parts.carriers import BearerCarrier, CookieCarrier
from servers.schemes.parts.composed import ComposedScheme, Parts
from servers.schemes.parts.credentials import Signed, Stored
from servers.schemes.parts.signers import KeyPair
from servers.stores.memory import MemorySessions
from servers.stores.sessions import Asks
from tests.servers.make_request import request

ALICE = Account("alice", "", "user")


class OpaqueMemoryTokens(ComposedScheme):
    name = "opaque-memory"
    summary = "Opaque bearer tokens in a dictionary."

    def compose(self) -> Parts:
        asks = Asks(read={"look": 1}, login={"put": 1})
        return Parts(
            credential=Stored(BearerCarrier(), lambda: MemorySessions(600), asks, 600, kind="memory")
        )


class EdDsaCookies(ComposedScheme):
    name = "eddsa-cookie"
    summary = "A token of Ed25519 in a cookie."

    def compose(self) -> Parts:
        carrier, pair = CookieCarrier(self.settings), KeyPair(EDDSA, 600)
        return Parts(credential=Signed(self.settings, carrier, pair, 600))


def test_an_opaque_token_in_memory() -> None:
    async def work() -> None:
        scheme = OpaqueMemoryTokens(ServerSettings(scheme="opaque-memory"))
        await scheme.start()
        issued = await scheme.issue(ALICE, request(), await scheme.before_login("alice"))
        asking = request(("Authorization", f"Bearer {issued.body['access_token']}"))
        assert (await scheme.authenticate(asking)).sub == "alice"
        assert [login.current for login in await scheme.logins(asking)] == [True]
        with pytest.raises(NotOffered):
            await scheme.refresh(asking)
        await scheme.revoke(asking)
        with pytest.raises(Unauthenticated):
            await scheme.authenticate(asking)
        assert scheme.store_memory_bytes()
        await scheme.stop()

    asyncio.run(work())
    card = OpaqueMemoryTokens(ServerSettings(scheme="opaque-memory")).card
    assert (card.carrier, card.client, card.store) == ("authorization", ClientDuty.NONE, "memory")
    assert card.store_commands[Operation.READ] == {"look": 1}
    assert card.crypto_operations[Operation.LOGIN] == {"SHA-256": 1}
    assert (card.logout_ends_credential, card.revocation_window_s) == (True, 0)


def test_a_token_of_a_key_pair_in_a_cookie() -> None:
    async def work() -> None:
        scheme = EdDsaCookies(ServerSettings(scheme="eddsa-cookie"))
        await scheme.start()
        old, new = await scheme.seed([new_claims(name, "user", 600) for name in ("alice", "bob")])
        scheme.rotate_keys()
        for credential in (old, new):
            identity = await scheme.authenticate(request(*credential.headers.items()))
            assert identity.sub == credential.claims.sub
        await scheme.stop()

    asyncio.run(work())
    scheme = EdDsaCookies(ServerSettings(scheme="eddsa-cookie"))
    assert scheme.offers == {Offer.CSRF_TOKEN}
    assert scheme.card.crypto_operations[Operation.ADD_ORDER] == {"EdDSA verify": 1, "HMAC-SHA-256": 1}
    assert (scheme.card.logout_ends_credential, scheme.card.revocation_window_s) == (False, 600)
