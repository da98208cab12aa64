"""How a benchmark of the harness ends: with a table or a line of JSON, or with one line that says why not."""

import argparse
import json
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from authbench.contracts.failure import Failure

Found = TypeVar("Found", bound=dict[str, Any] | list[dict[str, Any]])


def parser_of(name: str, about: str | None) -> argparse.ArgumentParser:
    """A parser for `python -m loadtests.benchmarks.NAME`, which knows `--json`."""
    parser = argparse.ArgumentParser(prog=f"python -m loadtests.benchmarks.{name}", description=about)
    parser.add_argument("--json", action="store_true", help="print one line of JSON instead of the table")
    return parser


def tell(measure: Callable[[], Found], print_table: Callable[[Found], None], *, as_json: bool) -> int:
    """Measure, print what was found, and return the exit status. A `Failure` is one line on stderr."""
    try:
        found = measure()
    except Failure as failure:
        print(failure, file=sys.stderr)
        return int(failure.exit_code)
    if as_json:
        print(json.dumps(found))
    else:
        print_table(found)
    return 0
