"""New passwords that a guesser would try early are refused, with the reason (NIST SP 800-63B-4, 3.1.1.2).

What is compared is the whole password, never a part of it, in lower case and without what stands between
words, so that `Password-Password!` is what it looks like. Refused is

- what `common_passwords.txt` has: from the lists of zxcvbn (MIT licence), passwords of 15 characters and more
  among the 50,000 used most, and English words as long; besides, long phrases that everybody knows;
- one unit of up to eight characters again and again;
- nothing but runs of the alphabet, of digits or along the rows of a keyboard;
- nothing but the user's name, the service's name, and digits.

The list is short: few of the passwords used most have 15 characters, and a guesser has a hundred attempts an
hour. It knows no password that was leaked since, and nothing of other languages.
"""

from functools import cache
from importlib.resources import files

SERVICE = "authbench"
_BETWEEN_WORDS = str.maketrans("", "", " -_.,!?'")
_LONGEST_UNIT = 8
_SHORTEST_RUN = 4
"""Characters. Three in a row happen in words: `first`, `hijack`."""
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertzuiopasdfghjklyxcvbnm",
    "azertyuiopqsdfghjklmwxcvbn",
    "1q2w3e4r5t6y7u8i9o0p",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)
_LINES = tuple(line for row in _ROWS for line in (row, row[::-1]))


class GuessablePassword(ValueError):
    """The password is on the list; the text says why, and what would be better."""


def refuse_guessable(password: str, username: str) -> None:
    """`GuessablePassword` if the new password of this user is one that a guesser would try early."""
    reason = _reason(_folded(password), _folded(username))
    if reason:
        raise GuessablePassword(f"{reason}: take several words that have nothing to do with each other")


def _reason(folded: str, username: str) -> str:
    if folded in _common():
        return "it is a password that many people use"
    if any(_repeats(folded, length) for length in range(1, _LONGEST_UNIT + 1)):
        return "it is a few characters again and again"
    if _only_runs(folded):
        return "it is a row of the alphabet, of digits or of the keyboard"
    named = folded
    for name in filter(None, (username, SERVICE)):
        named = named.replace(name, "")
    if named != folded and not named.strip("0123456789"):
        return "it is a name that everybody here knows"
    return ""


def _repeats(folded: str, length: int) -> bool:
    """Whether the first `length` characters, again and again, are all of it."""
    unit = folded[:length]
    return len(folded) >= 2 * length and (unit * (len(folded) // length + 1)).startswith(folded)


def _only_runs(folded: str) -> bool:
    """Whether it can be cut into runs along `_LINES`, each as long as it can be."""
    rest = folded
    while rest:
        length = max(_run(rest, line) for line in _LINES)
        if length < _SHORTEST_RUN:
            return False
        rest = rest[length:]
    return True


def _run(text: str, line: str) -> int:
    """How many of the first characters of `text` follow one another along `line`."""
    start = line.find(text[0])
    length = 0
    while start >= 0 and line[start : start + length + 1] == text[: length + 1] and length < len(text):
        length += 1
    return length


def _folded(text: str) -> str:
    folded = text.casefold()
    return folded.translate(_BETWEEN_WORDS) or folded


@cache
def _common() -> frozenset[str]:
    return frozenset((files("servers.passwords") / "common_passwords.txt").read_text("ascii").split())
