"""Codecs of several secrets as one: a secret is replaced while the tokens of the old one live."""

from collections.abc import Sequence

from servers.contract.claims import Claims
from servers.credentials.tokens.codec import TokenCodec


def secret_ring(codecs: Sequence[TokenCodec]) -> TokenCodec:
    """The first codec signs and all verify. One alone is left as it is: there is nothing to choose."""
    return codecs[0] if len(codecs) == 1 else _SecretRing(codecs)


class _SecretRing:
    """Nothing in a token of a shared secret says which one that was, so each is tried, the newest first."""

    def __init__(self, codecs: Sequence[TokenCodec]) -> None:
        self._codecs = codecs
        self.crypto = codecs[0].crypto

    def encode(self, claims: Claims) -> str:
        return self._codecs[0].encode(claims)

    def decode(self, token: str) -> Claims:
        """The claims, verified by any. ValueError, of the last one, if none does."""
        for codec in self._codecs[:-1]:
            try:
                return codec.decode(token)
            except ValueError:
                continue
        return self._codecs[-1].decode(token)
