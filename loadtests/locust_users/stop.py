"""How a run under plain Locust ends when it cannot go on: one line, a documented exit code, no traceback."""

import logging
from typing import Any, NoReturn

import gevent
from locust.env import Environment
from locust.exception import StopUser
from locust.runners import MasterRunner, Runner, WorkerRunner

from authbench.contracts.failure import ExitCode

_LOG = logging.getLogger("authbench")
_POLL_S = 0.1
_NOBODY_LEFT = "authbench-nobody-left"
"""A worker's message to its master: every user of mine has stopped, and has said why."""


def refuse(environment: Environment, reason: str) -> NoReturn:
    """Say why and stop this user; end the run with it unless another user goes on.

    Of many users with the same reason one says it. With Locust's page the run stops and the page stays.
    """
    logged: set[str] = environment.__dict__.setdefault("_logged", set())
    if reason not in logged:
        logged.add(reason)
        _LOG.error(reason)
    gevent.spawn(_end_if_nobody_is_left, environment)
    raise StopUser


def refused_before_start(reason: str) -> int:
    """Say why nothing is begun; the exit code of the process."""
    _LOG.error(reason)
    return ExitCode.USAGE


def listen_to_workers(environment: Environment) -> None:
    """Let a master end the run when none of its workers has a user left. Elsewhere this does nothing."""
    runner = environment.runner
    if not isinstance(runner, MasterRunner):
        return
    empty: set[str] = set()

    def nobody_left(msg: Any, **_: Any) -> None:
        empty.add(msg.node_id)
        if empty >= {worker.id for worker in runner.clients.all}:
            _end(environment, runner)

    runner.register_message(_NOBODY_LEFT, nobody_left)


def _end_if_nobody_is_left(environment: Environment) -> None:
    runner = environment.runner
    if runner is None:
        return
    gevent.sleep(_POLL_S)
    while runner.spawning_greenlet is not None and not runner.spawning_greenlet.ready():
        gevent.sleep(_POLL_S)
    if runner.user_count:
        return
    if isinstance(runner, WorkerRunner):
        runner.send_message(_NOBODY_LEFT)
    else:
        _end(environment, runner)


def _end(environment: Environment, runner: Runner) -> None:
    environment.process_exit_code = ExitCode.USAGE
    if environment.web_ui:
        runner.stop()
    else:
        runner.quit()
