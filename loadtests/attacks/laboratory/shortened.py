"""Evidence that shows what was sent without handing it on: credentials are shortened."""

import re

_LONG = re.compile(r"[A-Za-z0-9_\-.~%]{20,}=*")
"""No word, date or nonce of ours is as long; session ids, tokens and their hashes are."""
_SHOWN = 8
_EXCERPT = 400
"""Characters of a body that evidence keeps."""


def shortened(text: str) -> str:
    """The text with each credential cut to its first characters and its length: 'eyJhbGci...(418)'."""
    return _LONG.sub(lambda found: f"{found[0][:_SHOWN]}...({len(found[0])})", text)


def excerpt(body: bytes) -> str:
    """The beginning of a body, with its credentials shortened."""
    text = body.decode("utf-8", "replace")
    return shortened(text[:_EXCERPT]) + ("..." if len(text) > _EXCERPT else "")
