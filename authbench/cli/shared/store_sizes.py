"""What logins take in a store, as `authbench size-store` measured it."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.data.store_sizes import StoreSizes


def read_store_sizes(results: Path, asked: Path | None = None) -> "StoreSizes | None":
    """Read the reports below `asked`, else those below `results`, else the committed ones; None without any.

    Failure where a folder was asked for that has none.
    """
    from analysis.data.store_sizes import known_store_sizes, store_sizes_in
    from authbench.contracts.failure import Failure

    if asked is None:
        return known_store_sizes(results)
    found = store_sizes_in(asked)
    if found is None:
        raise Failure(
            f"{asked}: no report of store sizes there: authbench size-store --results {asked} writes one"
        )
    return found
