"""A credential as a request carries it, taken apart so that another text can stand in its place."""

import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass

_ALPHABET = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Presented:
    """The credential's text, in a cookie or after the word in Authorization."""

    header: str
    before: str
    text: str
    after: str

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> "Presented":
        """Take apart the headers of a login. Of several cookies the credential is the first."""
        header, value = next(iter(headers.items()))
        separator = "=" if header == "Cookie" else " "
        before, _, rest = value.partition(separator)
        text, end, after = rest.partition("; ") if header == "Cookie" else (rest, "", "")
        return cls(header, before + separator, text, end + after)

    @property
    def in_cookie(self) -> bool:
        return self.header == "Cookie"

    @property
    def cookie_name(self) -> str:
        return self.before.rstrip("=") if self.in_cookie else ""

    def alone(self, text: str) -> dict[str, str]:
        """Headers with another text, and no further cookies."""
        return {self.header: self.before + text}

    def replaced(self, text: str) -> dict[str, str]:
        """The same headers with another text in its place."""
        return {self.header: self.before + text + self.after}


def invented(text: str) -> str:
    """A text of the same shape that nobody ever issued: random characters, punctuation kept."""
    return "".join(secrets.choice(_ALPHABET) if c in _ALPHABET else c for c in text)


def changed_inside(text: str) -> str:
    """One character changed, ten before the end: inside a signature, and never in padding bits."""
    place = max(len(text) - 10, 0)
    return text[:place] + ("B" if text[place] == "A" else "A") + text[place + 1 :]
