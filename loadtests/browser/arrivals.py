"""What arrived at the listeners: so an attack knows whether the browser sent a request at all."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Arrival:
    """One request as it arrived, and the answer it got."""

    origin: str
    """Where to: 'https://victim.test'."""
    method: str
    path: str
    """With the query."""
    headers: Mapping[str, str]
    """By lower-case name; of several with one name, all, one a line."""
    body: bytes
    status: int
    reply_headers: Sequence[tuple[str, str]] = ()
    reply: bytes = b""

    def mentions(self, nonce: str) -> bool:
        """Whether the nonce is in the path or in the body."""
        return nonce in self.path or nonce.encode() in self.body

    @property
    def cookies(self) -> dict[str, str]:
        """Name -> value, of several with one name the last."""
        pairs = (pair.partition("=") for pair in self.headers.get("cookie", "").split(";"))
        return {name.strip(): value.strip() for name, _, value in pairs if name.strip()}


class Arrivals:
    """All that arrived, in order. For several threads."""

    def __init__(self) -> None:
        self._all: list[Arrival] = []
        self._lock = threading.Lock()

    def add(self, arrival: Arrival) -> None:
        with self._lock:
            self._all.append(arrival)

    def now(self) -> int:
        """How many there are: a mark for `since`."""
        with self._lock:
            return len(self._all)

    def since(self, mark: int, origin: str | None = None) -> list[Arrival]:
        """Those after the mark, at one origin or at all."""
        with self._lock:
            return [each for each in self._all[mark:] if origin is None or each.origin == origin]
