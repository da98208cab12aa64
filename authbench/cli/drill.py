"""`authbench drill`: inject a failure under load and look whether the figures tell it."""

import sys
from typing import Annotated

import typer

from authbench.exitcodes import ExitCode
from authbench.failure import Failure

_DRILLS = ("frozen-server",)
_CREDENTIALS = 1000
"""Enough for no slice to use one twice."""


def drill(
    name: Annotated[str, typer.Argument(help="which drill: frozen-server")],
    arm: Annotated[str, typer.Option(help="the arm it is done to")] = "session-redis",
    rate: Annotated[float, typer.Option(min=1, help="offered requests a second")] = 300.0,
    seed: Annotated[int, typer.Option(help="seed of the arrivals")] = 1,
) -> None:
    """Stop the server for one second under load; at least 0.9 x rate requests must be seen late.

    Exit 0: the figures show it. 6: they hide it.

    Example: authbench drill frozen-server --arm jwt-hs256 --rate 200
    """
    from authbench.experiment import find_experiment, find_workload
    from loadtests.drills.frozen_server import freeze_server

    if name not in _DRILLS:
        raise Failure(f"unknown drill {name!r}: known are {', '.join(_DRILLS)}")
    experiment = find_experiment("smoke")
    result = freeze_server(
        experiment,
        find_workload("read").model_copy(update={"credentials": _CREDENTIALS}),
        arm,
        rate,
        seed,
        lambda text: print(text, file=sys.stderr),
    )
    print(
        f"{result.arm} at {result.rate_rps:g} requests/s, open loop; the server stood still for "
        f"{result.frozen_s:.3f} s (SIGSTOP)\n"
        f"  due meanwhile                   {result.due_while_frozen}\n"
        f"  of them answered only afterwards {result.late} (at least {result.expected:.0f} must be seen)\n"
        f"  longest response time           {result.longest_response_s:.3f} s, from when it was due\n"
        f"  longest silence under a request {result.record.longest_silence_ns / 1e9:.3f} s: "
        "a run reports this as STALL\n"
        f"  sent {result.record.sent} of {result.record.scheduled} scheduled, {result.record.unsent} given up"
    )
    if not result.seen:
        print("HIDDEN: the figures do not show the freeze; latency from this harness cannot be trusted")
        raise typer.Exit(ExitCode.FOUND)
    print("SEEN: every one of them is in the response times; nothing was omitted")
