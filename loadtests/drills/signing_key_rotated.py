"""The key that signs tokens is replaced by one that has been published for long enough."""

import base64
import json
import time
from collections.abc import Callable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from authbench.contracts.card import Card, Operation
from authbench.contracts.measuring_protocol import Question
from authbench.contracts.message import Reply
from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from authbench.system.private_files import write_private
from loadtests.drills.drill import FailureDrill
from loadtests.drills.site.server import DrillServer
from loadtests.drills.site.site import Site

_PUBLISHED_S = 600
"""A key signs some minutes after it was made, when everybody who verifies has it."""
_DRAW: dict[str, Callable[[], PrivateKeyTypes]] = {
    "RS256": lambda: rsa.generate_private_key(65537, 2048),
    "ES256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "EdDSA": ed25519.Ed25519PrivateKey.generate,
}


class SigningKeyRotated(FailureDrill):
    """The keys' directory gets a key that was made ten minutes ago: it signs from the next reading on.

    Tokens of the key before are alive, and must be accepted until they expire. The order that has the
    directory read again also draws a key, for which the process stands still: 0.1 s with RSA.
    """

    name = "signing-key-rotated"
    summary = "replace the key that signs tokens: is any live token refused, any request failed?"
    effect = Effect.NONE
    failure_s = 1.0

    def __init__(self) -> None:
        self._before: dict[str, str] = {}
        self._keys: dict[str, tuple[str, bytes]] = {}

    def not_for(self, card: Card) -> str | None:
        if _algorithm(card) is None:
            return "it has no key pair to replace"
        return super().not_for(card)

    def prepare(self, site: Site) -> list[Proof]:
        for scheme, server in site.servers.items():
            algorithm = _algorithm(server.card) or ""
            key = _DRAW[algorithm]()
            pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            made = datetime.fromtimestamp(time.time() - _PUBLISHED_S, UTC).strftime("%Y%m%dT%H%M%SZ")
            self._keys[scheme] = f"{algorithm}-{made}.pem", pem
            self._before[scheme] = _signing_key(server)
        return super().prepare(site)

    def begin(self, site: Site) -> None:
        for scheme, server in site.servers.items():
            name, pem = self._keys[scheme]
            write_private(server.keys / name, pem)
            # Has the directory read again, and adds one more key, which signs later.
            server.server.ask(Question(op="rotate_keys"), Reply)

    def during(self, site: Site) -> list[Proof]:
        found = []
        for scheme, server in site.servers.items():
            now = _signing_key(server)
            changed = now != self._before[scheme]
            seen = f"{self._before[scheme][:8]} before, {now[:8]} since"
            found.append(Proof(what=f"the key that signs at {scheme}", seen=seen, acted=changed))
        return found

    def end(self, site: Site) -> None:
        """Nothing to end: the new key signs."""


def _algorithm(card: Card) -> str | None:
    """The algorithm of the key pair that signs the scheme's tokens; None: no key pair does."""
    signs = card.crypto_operations.get(Operation.LOGIN, {})
    return next((name for name in _DRAW if f"{name} sign" in signs), None)


def _signing_key(server: DrillServer) -> str:
    """The `kid` of a token that is made now."""
    token = server.server.seed(9_000_000, 1, 60)[0].headers["Authorization"].partition(" ")[2]
    head = token.partition(".")[0]
    return str(json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))["kid"])
