"""The state of a Mersenne Twister from its outputs, and with it every later output."""

import random
from collections.abc import Iterable

WORDS = 624
"""32-bit words of output that give the whole state away (Matsumoto and Nishimura, ACM TOMACS 8 (1998) 3-30,
section 1.1: the generator is not for cryptography)."""


def clone(words: Iterable[int]) -> random.Random:
    """A generator that goes on where the one stands whose last outputs, in order, these words are.

    ValueError unless there are `WORDS` of them. If they come from something else, so does what it predicts.
    """
    state = [_untempered(word) for word in words]
    if len(state) != WORDS:
        raise ValueError(f"{WORDS} words are needed, not {len(state)}")
    source = random.Random()  # noqa: S311 - what is attacked
    source.setstate((3, (*state, WORDS), None))
    return source


def words_of(identifier: bytes) -> list[int]:
    """The outputs that Python's `randbytes` made these bytes of: the first one is the least significant."""
    return [int.from_bytes(identifier[start : start + 4], "little") for start in range(0, len(identifier), 4)]


def _untempered(output: int) -> int:
    """Undo the tempering of one output: each of its four steps can be undone."""
    value = output ^ (output >> 18)
    value ^= (value << 15) & 0xEFC60000
    undone = value
    for _ in range(4):
        undone = value ^ ((undone << 7) & 0x9D2C5680)
    value = undone
    for _ in range(2):
        undone = value ^ (undone >> 11)
    return undone & 0xFFFFFFFF
