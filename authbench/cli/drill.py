"""`authbench drill`: inject a failure under load and look whether the figures tell it."""

import sys
from typing import Annotated

import typer

from authbench.contracts.exitcodes import ExitCode
from authbench.contracts.failure import Failure

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

    Exit 0: the figures show it. 6: they hide it, or the server never stood still.

    Example: authbench drill frozen-server --arm jwt-hs256 --rate 200
    """
    from analysis.rules.v04_coordinated_omission import CoordinatedOmission, Freeze, count_late
    from analysis.rules.v36_injection import Injection, InjectionSeen
    from authbench.contracts.experiment import find_experiment, find_workload
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
    freeze = Freeze(result.stopped_ns, result.continued_ns, result.rate_rps)
    due, late = count_late(result.due_ns, result.done_ns, freeze)
    stopped = sum(state == "T" for state in result.states_during)
    print(
        f"{result.arm} at {result.rate_rps:g} requests/s, open loop; the server stood still for "
        f"{result.frozen_s:.3f} s (SIGSTOP)\n"
        f"  seen stopped meanwhile          {stopped} of {len(result.states_during)} times; the store, which "
        f"went on, answered {result.control_answers} times\n"
        f"  due meanwhile                   {due}\n"
        f"  of them answered only afterwards {late} (at least {freeze.least:.0f} must be seen)\n"
        f"  longest response time           {result.longest_response_s:.3f} s, from when it was due\n"
        f"  longest silence under a request {result.record.longest_silence_ns / 1e9:.3f} s: "
        "a run reports this as STALL\n"
        f"  sent {result.record.sent} of {result.record.scheduled} scheduled, {result.record.unsent} given up"
    )
    injection = Injection(
        result.states_before, result.states_during, result.states_after, result.control_answers
    )
    not_injected = list(InjectionSeen().check(result.arm, injection))
    for finding in not_injected:
        print(f"NOTHING SHOWN: {finding.rule}: {finding.sentence}; {finding.next_action}")
    hidden = CoordinatedOmission().check(result.arm, late, freeze)
    if hidden and not not_injected:
        print(f"HIDDEN: {hidden.rule}: {hidden.sentence}; latency from this harness cannot be trusted")
    if hidden or not_injected:
        raise typer.Exit(ExitCode.FOUND)
    print("SEEN: every one of them is in the response times; nothing was omitted")
