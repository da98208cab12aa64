"""Texts that every store, log and page can carry: names and titles, but not passwords."""

import re

PLAIN_TEXT = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""No control character (Unicode category Cc) and no separator of lines or paragraphs (Zl, Zp).

PostgreSQL stores no NUL in a text; a log and a terminal would obey the others (CWE-117). As a pattern for
pydantic, JSON Schema and Python alike. Halves of surrogate pairs come through none of our JSON readers.
"""

_PLAIN = re.compile(PLAIN_TEXT)


def is_plain(text: str) -> bool:
    """Whether `text` is one, the empty one included."""
    return _PLAIN.fullmatch(text) is not None
