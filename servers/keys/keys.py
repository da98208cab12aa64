"""The keys of a server: one root secret, from which a key for each purpose is derived, and key pairs.

They come from a directory that several servers share and that outlives them (`keys.key_directory`), or are
drawn for this process alone. The newest of a kind signs, but only once everybody who verifies has it. Older
ones verify until they are removed.
"""

import asyncio
import logging
import secrets
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from authbench.contracts.failure import Failure
from servers.keys.key_directory import KEY_BYTES, SECRET, KeyFile, add_key, open_directory, read_directory
from servers.keys.key_pairs import KeyKind, PrivateKey, parse_key_pair

Clock = Callable[[], float]
"""Unix seconds."""

JWKS_MAX_AGE_S = 300
"""Seconds others may keep our set of public keys (RFC 9111 section 5.2.2.1)."""
REREAD_S = 60
"""Most seconds between two reads of the directory."""
CLOCKS_APART_S = 60
"""Seconds by which the clocks of servers and verifiers may differ."""
PUBLISHED_FIRST_S = REREAD_S + JWKS_MAX_AGE_S + CLOCKS_APART_S
"""Age in seconds at which a key signs: every server has read it, and every copy of our set contains it."""

_log = logging.getLogger("authbench.keys")

Key = TypeVar("Key")


@dataclass(frozen=True)
class Timed(Generic[Key]):
    """A key, and the Unix time from which it signs, until a newer one does."""

    key: Key
    signs_from: float


def signing_place(signs_from: Sequence[float], now: float) -> int:
    """Index of the key that signs, in a list with the oldest first: the newest whose time has come.

    The oldest if no time has come: nobody has an older set than one with the very first key, and when all
    others were removed because they had leaked, waiting would lock everybody out.
    """
    return max(0, bisect_right(signs_from, now) - 1)


def derived_key(root: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose and no other: HKDF with SHA-256 (RFC 5869), the purpose as its info."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"authbench {purpose}".encode()).derive(root)


class Keys:
    """All keys of one server, read or drawn. Failure in one line if a directory cannot be used."""

    def __init__(self, directory: str | None = None, clock: Clock = time.time) -> None:
        self._directory = Path(directory) if directory is not None else None
        self._clock = clock
        self._files: list[KeyFile] = []
        self._secrets = [Timed(secrets.token_bytes(KEY_BYTES), 0)]
        self._pairs: dict[KeyKind, list[Timed[PrivateKey]]] = {}
        """Only of algorithms that were asked for."""
        self._signing: list[int] = []
        """Index of the key of each kind that signed when the directory was last read."""
        if self._directory is not None:
            self._take(open_directory(self._directory, clock()))

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """Keys for this purpose: the first signs, the others still verify."""
        signing = self._secrets[self._place(self._secrets)]
        others = [each for each in reversed(self._secrets) if each is not signing]
        return tuple(derived_key(each.key, purpose) for each in (signing, *others))

    def pairs(self, kind: KeyKind) -> list[Timed[PrivateKey]]:
        if kind not in self._pairs:
            drawn = [Timed(kind.draw(), 0)] if self._directory is None else self._parsed(kind, self._files)
            self._pairs[kind] = drawn
        return self._pairs[kind]

    def add_pair(self, kind: KeyKind) -> None:
        """Add a fresh key pair, which verifies from now on and signs later."""
        now = self._clock()
        if self._directory is None:
            self.pairs(kind).append(Timed(kind.draw(), now + PUBLISHED_FIRST_S))
        else:
            add_key(self._directory, kind.algorithm, now)
            self._take(read_directory(self._directory))

    def reread(self) -> bool:
        """Read the directory again; True if keys were added or removed, or another one signs.

        Failure in one line for a directory that cannot be used; the keys then stay as they were.
        """
        assert self._directory is not None, "nothing to read: the keys were drawn"  # noqa: S101
        before = self._files, self._signing
        self._take(read_directory(self._directory))
        return before != (self._files, self._signing)

    def _take(self, files: list[KeyFile]) -> None:
        found = [Timed(file.content, _signs_from(file)) for file in files if file.kind == SECRET]
        if not found:
            raise Failure(
                f"{self._directory}: no secret in it: authbench rotate-keys {self._directory} adds one"
            )
        pairs = {kind: self._parsed(kind, files) for kind in self._pairs}
        self._files, self._secrets, self._pairs = files, found, pairs
        self._signing = [self._place(found), *map(self._place, pairs.values())]

    def _place(self, known: Sequence[Timed[Any]]) -> int:
        return signing_place([each.signs_from for each in known], self._clock())

    def _parsed(self, kind: KeyKind, files: Sequence[KeyFile]) -> list[Timed[PrivateKey]]:
        found = [
            Timed(parse_key_pair(file.content, str(file.path), kind), _signs_from(file))
            for file in files
            if file.kind == kind.algorithm
        ]
        if not found:
            raise Failure(
                f"{self._directory}: no key of {kind.algorithm} in it: authbench rotate-keys "
                f"{self._directory} adds one"
            )
        return found


def _signs_from(file: KeyFile) -> float:
    return file.made_at + PUBLISHED_FIRST_S


async def follow(keys: Keys, changed: Callable[[], None], every_s: float = REREAD_S) -> None:
    """Read the directory every `every_s` seconds, REREAD_S at most, and call `changed` when keys or the one
    that signs have changed.
    """
    while True:
        await asyncio.sleep(every_s)
        try:
            # Not on the loop: the directory may be on a network.
            if await asyncio.to_thread(keys.reread):
                changed()
        except Failure as failure:
            _log.warning("the keys stay as they were: %s", failure)
