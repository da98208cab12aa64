"""Data that tempt to a figure, a verdict or a plan which they do not carry; the rules must not give it."""

import itertools
from collections.abc import Mapping, Sequence
from functools import partial

from analysis.capacity.demand import Demand
from analysis.capacity.plan import make_plan
from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.experiment import Arm
from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection, Strength
from tests.analysis.build_run import ARMS, LEAN, MiniRun, experiment

_SESSION, _TOKEN = "session-redis", "jwt-hs256"


def _summary(
    laboratory: Laboratory, run: MiniRun, earlier: Mapping[str, Sequence[float]] | None = None
) -> Summary:
    return summarize(judge_run(load_run(run.write(laboratory.results() / "raw")), earlier))


def _found(summary: Summary) -> set[Objection]:
    return {
        Objection(code, finding.severity) for finding in summary.findings for code in finding.rule.split("/")
    }


def _verdict(summary: Summary) -> str:
    """The verdict of the primary comparison."""
    return next(each.verdict for each in summary.comparisons if each.primary)


def _said(rule: str, strength: Strength, true: bool) -> set[Objection]:
    return {Objection(rule, strength)} if true else set()


def _three_hundred(laboratory: Laboratory) -> set[Objection]:
    """A p99 of some 300 requests; the p50 of the same is given."""
    times = _summary(laboratory, MiniRun(cycles=5, requests=30)).arms[1].service_ms
    refused = times["p99"].value is None and "1000 are needed" in (times["p99"].reason or "")
    return _said("V16", "not said", refused and times["p50"].value is not None)


def _within_noise(laboratory: Laboratory) -> set[Objection]:
    """A difference of 8 %, clear as day, on a machine whose twins differed by 5 % in five earlier runs."""
    token_factor = (700 + 30) / (600 + 2) / 1.08
    run = MiniRun(cycles=8, factor={_TOKEN: token_factor}, noise=0.005)
    quiet = _verdict(_summary(laboratory, run))
    noisy = _verdict(_summary(laboratory, run, {"cpu_total_us": [0.05, -0.05, 0.05, -0.05, 0.05]}))
    return _said("V19", "not said", (quiet, noisy) == ("slower", "below-noise-floor"))


def _wide_and_centred(laboratory: Laboratory) -> set[Objection]:
    """Twelve cycles, ratios 0.8, 1 and 1.25 in turn: no difference on average, and none ruled out."""
    run = MiniRun(generations=2, cycles=6, noise=0.0)
    for generation, cycle in itertools.product(range(2), range(6)):
        own = run.slices[run.find(_TOKEN, generation, cycle)].measured
        assert own.store_cpu_ns is not None
        total_ns = round(((own.app_cpu_ns or 0) + own.store_cpu_ns) * (0.8, 1.0, 1.25)[cycle % 3])
        for arm in (_SESSION, f"{_SESSION} (twin)"):
            run.change(arm, generation, cycle, app_cpu_ns=total_ns, store_cpu_ns=0)
    primary = next(each for each in _summary(laboratory, run).comparisons if each.primary)
    given = primary.refused_because is None and abs((primary.ratio or 0) - 1) < 0.01
    return _said("V20", "not said", given and primary.verdict == "inconclusive")


def _leak(laboratory: Laboratory, arms: Sequence[str]) -> set[Objection]:
    """Half as long again in each generation's second half."""
    return _found(_summary(laboratory, MiniRun(generations=5, cycles=8).slowed(arms, first_cycle=4)))


def _twin_slower(laboratory: Laboratory) -> set[Objection]:
    """Compare nothing in time, give no interval of it, and go on comparing CPU."""
    summary = _summary(laboratory, MiniRun(generations=5, cycles=5).slowed([f"{_SESSION} (twin)"]))
    times = [each for each in summary.comparisons if each.metric == "service_p50_ms"]
    refused = all(each.refused_because for each in times) and _verdict(summary) == "slower"
    intervals = any(arm.service_ms["p50"].low is not None for arm in summary.arms)
    return _found(summary) if refused and not intervals else set()


def _first_place_dearer(laboratory: Laboratory) -> set[Objection]:
    """The first slice of every cycle costs a third more, on a machine whose twins hardly ever differed."""
    run = MiniRun(generations=4, cycles=8)
    for judged in list(run.slices):
        record = judged.measured
        if record.position == 0:
            dearer_ns = round((record.app_cpu_ns or 0) * 4 / 3)
            run.change(record.arm, record.generation, record.cycle, app_cpu_ns=dearer_ns)
    return _found(_summary(laboratory, run, {"cpu_total_us": [0.01, -0.01, 0.01, -0.01, 0.01]}))


def _ten_times(laboratory: Laboratory) -> set[Objection]:
    """A plan for cores that carry many times what was ever measured."""
    path = MiniRun(cycles=5, ladder=(50.0, 100.0), generations=3).write(laboratory.results() / "raw")
    data = load_run(path)
    made = make_plan(summarize(judge_run(data)), data.manifest, Demand(peak_rps=2000.0))
    schemes = made.scenarios[0].schemes
    refused = all((cores := one.of("cores")) and "times the" in cores.refused for one in schemes)
    return _said("V25", "not said", bool(schemes) and refused)


def _rung_left_out(laboratory: Laboratory) -> set[Objection]:
    """Stages that explain a quarter of what the scheme costs: its verifying is no rung."""
    arms = [*experiment().arms, Arm(scheme=LEAN)]
    run = MiniRun(cycles=5, arms=arms, stages=[["none", LEAN, _TOKEN]])
    return _found(_summary(laboratory, run))


FAULTS = (
    Fault("V16", "p99 of 300 requests", "figure", "not said", _three_hundred),
    Fault("V19", "a difference within the noise floor", "figure", "not said", _within_noise),
    Fault("V20", "no difference, from a wide interval", "figure", "not said", _wide_and_centred),
    Fault("V09", "one arm slower by half", "figure", "refuse-figure", partial(_leak, arms=[_TOKEN])),
    Fault("V09", "all arms slower by half", "figure", "mark", partial(_leak, arms=ARMS)),
    Fault("V21", "one twin answers later by half", "figure", "refuse-figure", _twin_slower),
    Fault("V21", "intervals that the twin disproves", "figure", "mark", _twin_slower),
    Fault("V22", "the first place of a cycle costs more", "figure", "tag", _first_place_dearer),
    Fault("V31", "a stage left out", "figure", "refuse-figure", _rung_left_out),
    Fault("V25", "a plan far beyond the measured rates", "figure", "not said", _ten_times),
)
