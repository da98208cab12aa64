"""Personal data in the credential: what somebody reads who finds one, without any key."""

import base64
import binascii
import re
import urllib.parse

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

_PIECE = re.compile(r"[A-Za-z0-9_\-+/]{8,}={0,2}")


class ReadableCredential(Attack):
    """Decode everything that a client keeps, and look for its user's name."""

    row = "A3"
    name = "readable credential"
    question = "Can whoever finds a credential read in it whose it is?"
    sources = (
        "OWASP Session Management: Session ID Content",
        "NIST SP 800-63B-4 5.1.1",
        "RFC 7519 section 12",
    )
    control = Control("session-signed-cookie")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        kept = {**victim.credential, "refresh token": victim.refresh_token or ""}
        found = [where for where, text in kept.items() if victim.username in readable(text)]
        lab.check_after(victim)
        if found:
            return lab.succeeded(
                f"the user's name stands in it, encoded and not encrypted: {', '.join(found)}"
            )
        return lab.rejected("it is random, or says nothing that can be read")


def readable(text: str) -> str:
    """The text, and what every piece of it is in base64, one after the other."""
    pieces = [text, urllib.parse.unquote(text)]
    for piece in _PIECE.findall(text):
        bare = piece.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            pieces.append(base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("utf-8", "replace"))
        except (binascii.Error, ValueError):
            continue
    return "\n".join(pieces)
