"""A second locustfile, beside ours: it ends the run once so many requests of a kind were answered.

`--enough "31 GET /me" --enough "5 POST /login, POST /refresh"`: well answered, all of it, of several kinds
their sum; `--enough-failed` counts failures. What a machine gets done in a given time is its own affair, so
no test waits for a time.
"""

from argparse import Namespace
from typing import Any

import gevent
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.runners import STATE_RUNNING, Runner, WorkerRunner
from locust.stats import RequestStats

_POLL_S = 0.05


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator] # Locust has no types here
def add_arguments(parser: LocustArgumentParser) -> None:
    for name in ("--enough", "--enough-failed"):
        parser.add_argument(name, action="append", default=[], include_in_web_ui=False)


@events.init.add_listener  # type: ignore[untyped-decorator]
def watch(environment: Environment, runner: Runner, **_: Any) -> None:
    """The master knows what its workers counted; a worker does not end a run."""
    if environment.parsed_options is not None and not isinstance(runner, WorkerRunner):
        gevent.spawn(_end_when_enough, runner, environment.parsed_options)


def _end_when_enough(runner: Runner, options: Namespace) -> None:
    while not (
        runner.state == STATE_RUNNING
        and all(_is_enough(runner.stats, wanted, failed=False) for wanted in options.enough)
        and all(_is_enough(runner.stats, wanted, failed=True) for wanted in options.enough_failed)
    ):
        gevent.sleep(_POLL_S)
    runner.quit()


def _is_enough(stats: RequestStats, wanted: str, *, failed: bool) -> bool:
    count, _, kinds = wanted.partition(" ")
    found = 0
    for kind in kinds.split(", "):
        method, _, name = kind.partition(" ")
        if (name, method) in stats.entries:
            entry = stats.entries[name, method]
            found += entry.num_failures if failed else entry.num_requests - entry.num_failures
    return found >= int(count)
