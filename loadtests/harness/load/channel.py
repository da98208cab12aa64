"""The contract of a channel: one load generator as the harness speaks to it, wherever its process is."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TypeVar

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.generator_protocol import FetchOrder, FilePart, Order, PutOrder
from authbench.contracts.message import Message, OrderError, Reply
from authbench.contracts.workers.file_parts import Assembly, split_file

_PART_S = 30.0
"""For one part of a file, there and back."""
_M = TypeVar("_M", bound=Message)


class Channel(ABC):
    """Carries orders to one engine, and its events and replies back, in their order.

    `authbench.contracts.generator_protocol` says which they are. A carrier (a pipe, Locust's messages) is one
    subclass.
    """

    name: str
    """The engine in words, as failures call it."""
    pid: int | None
    """Of the engine's process; None: it is not a child of the harness."""
    cpus: tuple[int, ...]
    """Processors of this machine that the engine may use; empty: the harness does not know them."""
    apart: bool
    """Whether the engine has a monotonic clock and files of its own."""

    @abstractmethod
    def send(self, order: Order) -> None:
        """Send an order and return at once. Failure if the engine is lost."""

    @abstractmethod
    def answer(self, expected: type[_M], within_s: float) -> _M:
        """The engine's next event or reply. Failure for an error or another reply, and if it is lost."""

    @abstractmethod
    def stop(self) -> None:
        """End the engine. Safe to call twice."""

    def share(self, path: Path) -> Path:
        """Let the engine read a file of the harness; the path by which an order is to name it."""
        if not self.apart:
            return path
        for part in split_file(path.name, path.read_bytes()):
            self.send(PutOrder(part=part))
            self.answer(Reply, _PART_S)
        return Path(path.name)

    def place_of(self, path: Path) -> Path:
        """The path by which an order is to name a file that the engine writes, and `fetch` brings here."""
        return Path(path.name) if self.apart else path

    def fetch(self, path: Path) -> None:
        """Have the file here that the engine wrote. Failure if it is another, or finds no room."""
        if not self.apart:
            return
        assembly, number, content = Assembly(path.name), 0, None
        while content is None:
            self.send(FetchOrder(name=path.name, number=number))
            try:
                content = assembly.add(self.answer(FilePart, _PART_S))
            except OrderError as error:
                raise Failure(f"{self.name}: {error}", ExitCode.INVALID) from None
            number += 1
        try:
            path.write_bytes(content)
        except OSError as error:
            raise Failure(
                f"the rows of {self.name} cannot be kept in {path.parent}: {error.strerror}. Free space "
                "there, or set TMPDIR to another place, and run again",
                ExitCode.INVALID,
            ) from None
