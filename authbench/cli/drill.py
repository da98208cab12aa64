"""`authbench drill`: cause a failure under load, and say what it did to users and to the figures."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results
from authbench.contracts.failure import ExitCode, Failure
from authbench.words.counting import counted

if TYPE_CHECKING:
    from loadtests.drills.drill import InstrumentDrill

_CREDENTIALS = 1000
"""Enough for no slice to use one twice."""
_FROZEN_RPS = 300.0


def drill(
    name: Annotated[str | None, typer.Argument(help="which drill; without it: list them")] = None,
    scheme: Annotated[
        list[str] | None,
        typer.Option(
            "--scheme", "-s", help="a scheme, or several by repeating it; one of each kind unless given"
        ),
    ] = None,
    all_drills: Annotated[bool, typer.Option("--all", help="every failure, one after the other")] = False,
    arm: Annotated[str, typer.Option(help="frozen-server: the arm it is done to")] = "session-redis",
    rate: Annotated[
        float | None, typer.Option(min=1, help="offered requests/s to each scheme; fitting unless given")
    ] = None,
    slo_ms: Annotated[
        float, typer.Option(min=1, help="p99 of a tenth of a second that counts as recovered, ms")
    ] = 250.0,
    seed: Annotated[int, typer.Option(help="seed of the arrivals")] = 1,
    repeats: Annotated[
        int, typer.Option(min=1, help="how often, each time with another moment of the failure")
    ] = 1,
    results: Results = DEFAULT_RESULTS,
    json: Json = False,
) -> None:
    """Cause a failure under load. Everything that fails is started here, never a store or server of yours.

    A failure of the store, of a process or of a key says for each scheme: requests failed, wrongly accepted,
    wrongly rejected, users logged out, acknowledged writes lost, time to detect and to recover, and whether
    the scheme did what its card says. `frozen-server` checks the instrument: nine tenths of the requests that
    were due while the server stood still must be seen late.

    Exit 0: as it should be. 5: a scheme does not do what its card says. 6: something else must not be, or the
    failure did not take place.

    Example: authbench drill store-killed --scheme session-redis --scheme jwt-hs256
    """
    from authbench.system.discovery import unknown
    from loadtests.drills.drill import FailureDrill, InstrumentDrill, find_drills

    known = find_drills()
    failures = {each: kind for each, kind in known.items() if issubclass(kind, FailureDrill)}
    if all_drills == (name is not None):
        if all_drills:
            raise Failure("--all runs every failure: leave the name out, or --all")
        for kind in known.values():
            print(f"{kind.name:<28}{kind.summary}")
        return
    if name is not None and name not in known:
        raise unknown("drill", name, known)
    instrument = known[name]() if name is not None and name not in failures else None
    if isinstance(instrument, InstrumentDrill):
        _check_instrument(instrument, arm, rate or _FROZEN_RPS, seed)
        return
    from authbench.cli.shared.failure_drills import drill_failures

    code = drill_failures(
        failures if name is None else {name: failures[name]},
        scheme or (),
        rate=rate,
        slo_ms=slo_ms,
        seed=seed,
        repeats=repeats,
        results=results,
        json=json,
    )
    if code != ExitCode.DONE:
        raise typer.Exit(code)


def _check_instrument(drill: "InstrumentDrill", arm: str, rate: float, seed: int) -> None:
    """Do the figures of a slice show a server that stood still?"""
    from analysis.rules.v04_coordinated_omission import CoordinatedOmission, Freeze, count_late
    from analysis.rules.v36_injection import Injection, InjectionSeen
    from authbench.contracts.experiment import find_experiment, find_workload
    from loadtests.drills.run_drill import run_drill

    result = run_drill(
        drill,
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
        f"  seen stopped meanwhile          {stopped} of {counted(len(result.states_during), 'time')}; "
        f"the store, which "
        f"went on, answered {counted(result.control_answers, 'time')}\n"
        f"  due meanwhile                   {due}\n"
        f"  of them answered only afterwards {late} (at least {freeze.least(due)} must be seen)\n"
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
    hidden = CoordinatedOmission().check(result.arm, due, late, freeze)
    if hidden and not not_injected:
        print(f"HIDDEN: {hidden.rule}: {hidden.sentence}; latency from this harness cannot be trusted")
    if hidden or not_injected:
        raise typer.Exit(ExitCode.FOUND)
    print("SEEN: every one of them is in the response times; nothing was omitted")
