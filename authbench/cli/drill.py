"""`authbench drill`: cause a failure under load and check that the figures show it."""

import sys
from typing import Annotated

import typer

from authbench.contracts.failure import ExitCode

_CREDENTIALS = 1000
"""Enough for no slice to use one twice."""


def drill(
    name: Annotated[str | None, typer.Argument(help="which drill; without it: list them")] = None,
    arm: Annotated[str, typer.Option(help="the arm it is done to")] = "session-redis",
    rate: Annotated[float, typer.Option(min=1, help="offered requests a second")] = 300.0,
    seed: Annotated[int, typer.Option(help="seed of the arrivals")] = 1,
) -> None:
    """Cause a failure for one second under load; at least 0.9 x rate requests must be seen late.

    Exit 0: the figures show it. 6: they hide it, or the failure did not take place.

    Example: authbench drill frozen-server --arm jwt-hs256 --rate 200
    """
    from analysis.rules.v04_coordinated_omission import CoordinatedOmission, Freeze, count_late
    from analysis.rules.v36_injection import Injection, InjectionSeen
    from authbench.contracts.experiment import find_experiment, find_workload
    from authbench.system.discovery import unknown
    from loadtests.drills.drill import find_drills
    from loadtests.drills.run_drill import run_drill

    known = find_drills()
    if name is None:
        for each in known.values():
            print(f"{each.name:<20}{each.summary}")
        return
    if name not in known:
        raise unknown("drill", name, known)
    result = run_drill(
        known[name](),
        find_experiment("smoke"),
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
