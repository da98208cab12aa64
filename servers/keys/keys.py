"""The keys of a server: one root secret, from which a key for each purpose is derived, and key pairs.

They come from a directory that several servers share and that outlives them (`keys.key_directory`), or
are drawn for this process alone. Of several of a kind the newest signs, but not at once: everybody who
verifies must have it first. The older ones verify for as long as they are there.
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
"""For so long others keep our set of public keys (RFC 9111 section 5.2.2.1)."""
REREAD_S = 60
"""Seconds between two looks into the directory."""
CLOCKS_APART_S = 60
"""Seconds by which the clocks of servers and verifiers may differ."""
PUBLISHED_FIRST_S = REREAD_S + JWKS_MAX_AGE_S + CLOCKS_APART_S
"""A key signs when it is so old: then every server has read it, and nobody's copy of our set lacks it."""

_log = logging.getLogger("authbench.keys")


Key = TypeVar("Key")


@dataclass(frozen=True)
class Timed(Generic[Key]):
    """A key, and from when on it signs, in Unix seconds, unless a newer one does."""

    key: Key
    signs_from: float


def signing_place(signs_from: Sequence[float], now: float) -> int:
    """Which of the keys signs, the oldest being the first: the newest whose time has come.

    Before any has, the oldest: of the very first key nobody can have an older set, and when all others were
    taken away because they had leaked, waiting would lock everybody out.
    """
    return max(0, bisect_right(signs_from, now) - 1)


def derived_key(root: bytes, purpose: str) -> bytes:
    """A 256-bit key for one purpose and no other: HKDF with SHA-256 (RFC 5869), the purpose as its info."""
    return HKDF(hashes.SHA256(), KEY_BYTES, salt=None, info=f"authbench {purpose}".encode()).derive(root)


class Keys:
    """All keys of one server, from the directory or drawn. Failure in one line if they cannot be used."""

    def __init__(self, directory: str | None = None, clock: Clock = time.time) -> None:
        self._directory = Path(directory) if directory is not None else None
        self._clock = clock
        self._files: list[KeyFile] = []
        self._secrets = [Timed(secrets.token_bytes(KEY_BYTES), 0)]
        self._pairs: dict[KeyKind, list[Timed[PrivateKey]]] = {}
        """Of the algorithms that were asked for."""
        self._signing: list[int] = []
        """Which of each of them signed when the directory was last looked into."""
        if self._directory is not None:
            self._take(open_directory(self._directory, clock()))

    def derived(self, purpose: str) -> tuple[bytes, ...]:
        """Keys for this purpose: the first signs, the others still verify."""
        signing = self._secrets[self._place(self._secrets)]
        others = [each for each in reversed(self._secrets) if each is not signing]
        return tuple(derived_key(each.key, purpose) for each in (signing, *others))

    def pairs(self, kind: KeyKind) -> list[Timed[PrivateKey]]:
        """Key pairs of this algorithm, the oldest first."""
        if kind not in self._pairs:
            drawn = [Timed(kind.draw(), 0)] if self._directory is None else self._parsed(kind, self._files)
            self._pairs[kind] = drawn
        return self._pairs[kind]

    def add_pair(self, kind: KeyKind) -> None:
        """A fresh key pair: known from now on, and later the one that signs."""
        now = self._clock()
        if self._directory is None:
            self.pairs(kind).append(Timed(kind.draw(), now + PUBLISHED_FIRST_S))
        else:
            add_key(self._directory, kind.algorithm, now)
            self._take(read_directory(self._directory))

    def reread(self) -> bool:
        """Look into the directory again; whether there is another key, one less, or another one that signs.

        Failure in one line for a directory that cannot be used as it is now; the keys then stay as they were.
        """
        assert self._directory is not None, "nothing to read: the keys were drawn"  # noqa: S101
        before = self._files, self._signing
        self._take(read_directory(self._directory))
        return before != (self._files, self._signing)

    def _take(self, files: list[KeyFile]) -> None:
        """Everything is read before anything is replaced."""
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


async def follow(keys: Keys, changed: Callable[[], None]) -> None:
    """Look into the directory for as long as this runs, and tell when its keys, or their parts, have changed.

    In the time between two requests, and never with one: a server without a directory has nothing to follow.
    """
    while True:
        await asyncio.sleep(REREAD_S)
        try:
            # Not on the loop: the directory may be on a network.
            if await asyncio.to_thread(keys.reread):
                changed()
        except Failure as failure:
            _log.warning("the keys stay as they were: %s", failure)
