"""How a run under plain Locust ends when it cannot go on: one line, a documented exit code, no traceback."""

import logging
from typing import NoReturn

import gevent
from locust.env import Environment
from locust.exception import StopUser

from authbench.exitcodes import ExitCode

_LOG = logging.getLogger("authbench")
_POLL_S = 0.1


def refuse(environment: Environment, reason: str) -> NoReturn:
    """Say why and stop this user; end the run with it unless another user goes on.

    Of many users with the same reason one says it. With Locust's page the run stops and the page stays.
    """
    told: set[str] = environment.__dict__.setdefault("_told", set())
    if reason not in told:
        told.add(reason)
        _LOG.error(reason)
    gevent.spawn(_end_if_nobody_is_left, environment)
    raise StopUser


def _end_if_nobody_is_left(environment: Environment) -> None:
    runner = environment.runner
    if runner is None:
        return
    gevent.sleep(_POLL_S)
    while runner.spawning_greenlet is not None and not runner.spawning_greenlet.ready():
        gevent.sleep(_POLL_S)
    if runner.user_count:
        return
    environment.process_exit_code = ExitCode.USAGE
    if environment.web_ui:
        runner.stop()
    else:
        runner.quit()
