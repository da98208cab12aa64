"""What a username can be, wherever one comes in: a login, a page, the measuring interface.

Names are compared by code points: `Alice` and `alice` are two users, and so are two Unicode spellings of one
letter (NFC and NFD). So nobody logs in under a name that only looks like theirs.
"""

from typing import Annotated

from pydantic import Field

from servers.parsing.plain_text import PLAIN_TEXT, is_plain

USERNAME_MAX_LENGTH = 64
"""Code points: the width of the column in the database."""

Username = Annotated[str, Field(min_length=1, max_length=USERNAME_MAX_LENGTH, pattern=PLAIN_TEXT)]
"""For the models of request bodies."""


def is_username(text: str) -> bool:
    """Whether the text can be a username, by the same rule."""
    return 0 < len(text) <= USERNAME_MAX_LENGTH and is_plain(text)
