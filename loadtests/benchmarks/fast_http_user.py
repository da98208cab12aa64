"""Locust's FastHttpUser as its users have it: what one of its requests costs its own process.

`python -m loadtests.benchmarks.fast_http_user` reads orders as JSON lines from stdin,
`{"url": ..., "users": 64, "rate_rps": null, "duration_s": 1.0}`, and answers each with one line,
`{"completed": ..., "cpu_ns": ..., "elapsed_s": ...}`. Without a rate the users do not pause.
"""

import json
import os
import sys
import time
from typing import Any

import gevent
from gevent.fileobject import FileObjectPosix
from locust import FastHttpUser, task
from locust.env import Environment
from locust.user.wait_time import constant, constant_throughput

from loadtests.null_server import TOKEN_BYTES

_WARM_UP_S = 0.5
_HEADERS = {"Authorization": f"Bearer {'x' * TOKEN_BYTES}"}


def measure(url: str, users: int, rate_rps: float | None, duration_s: float) -> dict[str, Any]:
    """Run `users` closed loops against `url`; count and clock after a warm-up. Times in s and ns."""
    pause = constant(0) if rate_rps is None else constant_throughput(rate_rps / users)

    class Reader(FastHttpUser):
        """Asks for one path, over one connection of its own."""

        host = url
        wait_time = pause

        @task
        def read(self) -> None:
            self.client.get("/me", headers=_HEADERS)

    environment = Environment(user_classes=[Reader])
    runner = environment.create_local_runner()
    runner.start(users, spawn_rate=users)
    gevent.sleep(_WARM_UP_S)
    while environment.stats.total.num_requests < users:  # on a busy machine not all are connected yet
        gevent.sleep(_WARM_UP_S / 10)
    # Not `num_requests` alone: a failure is a request too, and would be a cheap one.
    completed = environment.stats.total.num_requests
    begin_ns, cpu_ns = time.monotonic_ns(), time.process_time_ns()
    gevent.sleep(duration_s)
    while environment.stats.total.num_requests == completed:  # somebody else had the processor
        gevent.sleep(duration_s)
    cpu_ns = time.process_time_ns() - cpu_ns
    elapsed_s = (time.monotonic_ns() - begin_ns) / 1e9
    completed = environment.stats.total.num_requests - completed
    failed = environment.stats.total.num_failures
    runner.quit()
    if failed:
        raise RuntimeError(f"{failed} requests of FastHttpUser failed")
    return {"completed": completed, "cpu_ns": cpu_ns, "elapsed_s": elapsed_s}


if __name__ == "__main__":
    for line in FileObjectPosix(sys.stdin.fileno(), "rb", closefd=False):
        print(json.dumps(measure(**json.loads(line))), flush=True)
    os._exit(0)
