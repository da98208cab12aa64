"""What kind of statement a text of SQL is: the names that a run counts statements by.

What is counted are the statements that pg_stat_statements does not call utility commands (its documentation,
`track_utility`): SELECT, INSERT, UPDATE, DELETE and MERGE, and the other ways to begin one of them: WITH,
VALUES and TABLE. BEGIN, COMMIT, SET and whatever else is a utility command is left out: drivers and pools
send them, the extension need not see them, and the scheme session-sql of this project does not count them
either. DECLARE and FETCH, of cursors, are utility commands as well.
"""

import re

from authbench.contracts.card import STATEMENTS

UNKNOWN = "unknown"
"""The name of a text that begins with no word, or that the server does not show."""
_BEFORE = re.compile(r"(?:\s+|--[^\n]*|/\*.*?\*/|\()*", re.DOTALL)
"""Spaces, comments and parentheses before the first word."""
_WORD = re.compile(r"[a-z]+", re.IGNORECASE)
_PREPARED = re.compile(r"prepare\s+\S+\s*(?:\([^)]*\)\s*)?as\s", re.IGNORECASE)
"""What EXECUTE runs is counted under the text of PREPARE."""


def first_word(text: str | None) -> str:
    """'select': the first word of a statement in lower case, of a prepared one the word after AS."""
    begin = _BEFORE.match(text or "")
    rest = (text or "")[begin.end() if begin else 0 :]
    if prepared := _PREPARED.match(rest):
        return first_word(rest[prepared.end() :])
    word = _WORD.match(rest)
    return word[0].lower() if word else UNKNOWN


def is_utility(word: str) -> bool:
    """Whether a statement that begins so is left out; one whose text is not known is not."""
    return word not in STATEMENTS and word != UNKNOWN
