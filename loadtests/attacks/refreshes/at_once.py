"""Requests that reach a server at the same moment: each on a connection of its own, opened before."""

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from loadtests.attacks.laboratory.target import Target
from loadtests.clients.blocking_client import BlockingClient

_T = TypeVar("_T")


@contextlib.contextmanager
def open_connections(target: Target, count: int) -> Iterator[list[BlockingClient]]:
    """Open `count` connections, each with its handshake done."""
    with contextlib.ExitStack() as stack:
        connections = [stack.enter_context(target.connect()) for _ in range(count)]
        for connection in connections:
            connection.request("GET", "/public")
        yield connections


def at_once(acts: Sequence[Callable[[], _T]], delays_s: Sequence[float] = ()) -> list[_T]:
    """Call all of them at the same moment, each in a thread; what they return, in their order.

    `delays_s`: how much later than that moment each begins. An exception of any of them is raised here.
    """
    results: dict[int, _T] = {}
    errors: list[BaseException] = []
    together = threading.Barrier(len(acts))

    def run(number: int) -> None:
        try:
            together.wait()
            if delays_s and delays_s[number] > 0:
                time.sleep(delays_s[number])
            results[number] = acts[number]()
        except BaseException as error:
            errors.append(error)
            together.abort()

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [results[number] for number in range(len(acts))]
