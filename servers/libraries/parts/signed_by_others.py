"""Signed tokens whose codec is a library's: what it accepts is accepted."""

from servers.contract.claims import Claims
from servers.contract.settings import ServerSettings
from servers.schemes.parts.carriers import BearerCarrier
from servers.schemes.parts.composed import Parts
from servers.schemes.parts.credentials import Signed
from servers.schemes.parts.recipes import checked_where
from servers.schemes.parts.signers import Signer


class SignedByOthers(Signed):
    """Our own schemes refuse padding before they decode; here the library decides."""

    def decoded(self, text: str) -> Claims:
        try:
            claims = self.codec.decode(text)
        except ValueError:
            raise self.carrier.refusal() from None
        if claims.jkt:
            raise self.carrier.refusal()
        return claims


def signed_by(settings: ServerSettings, signer: Signer) -> Parts:
    """An access token alone, without refresh tokens: these libraries bring none."""
    checked = checked_where(renewed=False)
    return Parts(
        credential=SignedByOthers(settings, BearerCarrier("JWT"), signer, settings.token_lifetime_s, checked)
    )
