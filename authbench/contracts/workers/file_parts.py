"""A file cut into parts, for an engine that cannot read the harness's files; each end checks the whole."""

import hashlib

from authbench.contracts.generator_protocol import FilePart
from authbench.contracts.message import OrderError

PART_BYTES = 256 * 1024
"""Largest content of a part. Encoded in base64 twice (as JSON, and as a sealed message) it is 455 KiB, below
the 512 KiB that Locust's messages were tried with."""


def split_file(name: str, content: bytes) -> list[FilePart]:
    """The parts of a file, in their order: at least one, also of an empty file."""
    pieces = [content[at : at + PART_BYTES] for at in range(0, len(content), PART_BYTES)] or [b""]
    sha256 = hashlib.sha256(content).hexdigest()
    return [
        FilePart(name=name, number=number, of=len(pieces), sha256=sha256, content=piece)
        for number, piece in enumerate(pieces)
    ]


class Assembly:
    """Puts the parts of one file together, in their order."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._pieces: list[bytes] = []
        self._first: FilePart | None = None

    def add(self, part: FilePart) -> bytes | None:
        """Take the next part; the content of the file when it was the last one.

        OrderError for a part of another file, one out of order, and a file that is not what was sent.
        """
        first = self._first or part
        if (part.name, part.of, part.sha256) != (self._name, first.of, first.sha256):
            raise OrderError(f"{self._name}: a part of another file arrived")
        if part.number != len(self._pieces) or part.number >= part.of:
            raise OrderError(f"{self._name}: part {part.number} arrived instead of {len(self._pieces)}")
        self._first = first
        self._pieces.append(part.content)
        if len(self._pieces) < part.of:
            return None
        content = b"".join(self._pieces)
        if hashlib.sha256(content).hexdigest() != part.sha256:
            raise OrderError(f"{self._name}: damaged on the way (its hash is another)")
        return content
