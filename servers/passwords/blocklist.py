"""Refuse new passwords that a guesser would try early, with the reason (NIST SP 800-63B-4, 3.1.1.2).

The whole password is compared, in lower case and without what stands between words, so `Password-Password!`
is two equal words. Refused is

- what `common_passwords.txt` lists: from the lists of zxcvbn (MIT licence), passwords of 15 characters and
  more among the 50,000 used most, and English words as long; also long phrases that everybody knows;
- one unit of up to eight characters, repeated;
- only runs of the alphabet, of digits or along the rows of a keyboard;
- only the user's name, the service's name, and digits.

The list is short: few of the passwords used most have 15 characters, and a guesser has a hundred attempts an
hour. It has no passwords of recent leaks and no words of other languages.
"""

from functools import cache
from importlib.resources import files
from itertools import takewhile

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
    """The new password is refused; the text says why, and what to choose instead."""


def refuse_guessable(password: str, username: str) -> None:
    """Raise `GuessablePassword` if a guesser would try this password of this user early."""
    reason = _reason(_folded(password), _folded(username))
    if reason:
        raise GuessablePassword(f"{reason}: choose several words that have nothing to do with each other")


def _reason(folded: str, username: str) -> str:
    if folded in _common():
        return "it is a password that many people use"
    if any(_repeats(folded, length) for length in range(1, _LONGEST_UNIT + 1)):
        return "it repeats a few characters"
    if _only_runs(folded):
        return "it follows the alphabet, the digits or a row of the keyboard"
    named = folded
    for name in filter(None, (username, SERVICE)):
        named = named.replace(name, "")
    if named != folded and not named.strip("0123456789"):
        return "it consists of the username or the name of this service"
    return ""


def _repeats(folded: str, length: int) -> bool:
    """Whether the text is its first `length` characters, repeated."""
    unit = folded[:length]
    return len(folded) >= 2 * length and (unit * (len(folded) // length + 1)).startswith(folded)


def _only_runs(folded: str) -> bool:
    """Whether the text consists of runs along `_LINES`, each as long as possible."""
    rest = folded
    while rest:
        length = max(_run(rest, line) for line in _LINES)
        if length < _SHORTEST_RUN:
            return False
        rest = rest[length:]
    return True


def _run(text: str, line: str) -> int:
    """How many characters of `text`, from its first, follow one another along `line`."""
    _, first, rest = line.partition(text[0])
    pairs = zip(text, first + rest, strict=False)
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))


def _folded(text: str) -> str:
    folded = text.casefold()
    return folded.translate(_BETWEEN_WORDS) or folded


@cache
def _common() -> frozenset[str]:
    return frozenset((files("servers.passwords") / "common_passwords.txt").read_text("ascii").split())
