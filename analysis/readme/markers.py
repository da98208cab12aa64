"""Text between two markers that a command writes: what stands there is never edited by hand.

A block begins with `<!-- figures: NAME -->` and ends with `<!-- end of figures -->`.
"""

import re
from collections.abc import Callable, Mapping

from authbench.contracts.failure import Failure

_BLOCK = re.compile(r"(<!-- figures: ([a-z-]+) -->\n).*?(<!-- end of figures -->)", re.DOTALL)


def filled(text: str, file: str, writers: Mapping[str, Callable[[], str]]) -> str:
    """Return the text with every block written anew. Failure, naming the file, for an unknown block."""

    def write(found: re.Match[str]) -> str:
        if found[2] not in writers:
            raise Failure(f"{file}: unknown block of figures {found[2]!r}: known are {', '.join(writers)}")
        return f"{found[1]}{writers[found[2]]()}\n{found[3]}"

    return _BLOCK.sub(write, text)
