"""What a password can be, wherever one comes in: its length and its one spelling."""

import unicodedata
from typing import Annotated

from pydantic import BeforeValidator, Field, SecretStr

PASSWORD_MAX_LENGTH = 256
"""Code points after `normalised`. No password is cut short (NIST SP 800-63B-4 section 3.1.1.2). A limit
against denial of service, far above the 64 that must be allowed (ASVS 5.0 6.2.9)."""
NEW_PASSWORD_MIN_LENGTH = 15
"""Code points after `normalised`: the password is the only factor here (NIST SP 800-63B-4 section 3.1.1.2,
ASVS 5.0 6.2.1). No rule of composition: `servers.passwords.blocklist` refuses what many people use."""


def normalised(password: str) -> str:
    """The password in Unicode NFC (RFC 8265 section 4.2.2), with its spaces and its case.

    Keyboards differ in how they spell an accented letter, and a hash does not forgive that. ValueError for a
    lone surrogate, which is no character and has no UTF-8.
    """
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise ValueError("a password is Unicode text, and a lone surrogate is none")
    return unicodedata.normalize("NFC", password)


def _normalised_text(value: object) -> object:
    # Before the length is counted: a decomposed letter is one character.
    return normalised(value) if isinstance(value, str) else value


Password = Annotated[
    SecretStr, BeforeValidator(_normalised_text), Field(min_length=1, max_length=PASSWORD_MAX_LENGTH)
]
"""A password that is presented. An old one may be shorter than a new one may be."""
NewPassword = Annotated[Password, Field(min_length=NEW_PASSWORD_MIN_LENGTH)]
