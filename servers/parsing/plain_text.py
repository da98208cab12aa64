"""Texts that every store, log and page can hold, such as names; passwords may be others."""

import re

PLAIN_TEXT = r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"
"""No control character (Unicode category Cc) and no separator of lines or paragraphs (Zl, Zp).

PostgreSQL stores no NUL in a text; logs and terminals interpret the others (CWE-117). The pattern has the
same meaning in pydantic, JSON Schema and Python. Our JSON readers refuse halves of surrogate pairs.
"""

_PLAIN = re.compile(PLAIN_TEXT)


def is_plain(text: str) -> bool:
    """Whether `text` is such a text; an empty one is."""
    return _PLAIN.fullmatch(text) is not None
