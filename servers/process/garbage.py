"""Keep Python's collector of cyclic garbage from deciding how fast a server is, whatever its scheme."""

import gc

_MIDDLE_COLLECTIONS = 1000
"""Before a full collection, instead of Python's 10. Python 3.14 collects in small steps and ignores it."""


def settle() -> None:
    """Call it when the server has what it needs to serve.

    A full collection looks through every object. Those of the start stay to the end, so they are frozen.
    Those of requests in flight, about a hundred for each, are gone when these are answered. Until then a
    server with a queue looked through them several times a second, which made the queue longer: it did not
    get out of that again.
    """
    gc.freeze()
    youngest, middle, _ = gc.get_threshold()
    gc.set_threshold(youngest, middle, _MIDDLE_COLLECTIONS)
