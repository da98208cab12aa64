"""Search the highest rates and write what was found: what `authbench saturate` does beside parsing."""

import platform
import secrets
import shlex
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from analysis.charts.render import svg_of
from analysis.saturation.bracket import bounds
from analysis.saturation.faults import find_faults
from analysis.saturation.page import figures_of, render_saturation_page
from analysis.saturation.planted import check_planted
from analysis.saturation.report import Measured, ratios, scheme_found
from authbench.contracts.experiment import Arm, Condition, Workload, find_workload
from authbench.contracts.failure import Failure
from authbench.contracts.run_directory import replace_file
from authbench.contracts.saturation.folder import TrialWriter, new_run_id, write_report
from authbench.contracts.saturation.report import PlantedCheck, SaturationReport, SchemeFound
from authbench.contracts.saturation.trial import Effort, Objective, Trial
from loadtests.harness.processes.redis_server import check_store
from loadtests.harness.run.start_or_resume import utc_now
from loadtests.harness.telemetry.machine import describe_machine
from loadtests.harness.telemetry.source import source_state
from loadtests.saturation.saturate import Saturated, SaturationRequest, saturate
from servers.discovery import find_scheme

_CONTROL = "none"
_PLANTED = "servers.instruments.planted_cpu:PlantedCpu"


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    schemes: Sequence[str]
    planted_us: float | None
    objectives: Sequence[Objective]
    effort: Effort
    seed: int | None
    generators: int
    workers: int
    workload: str
    results: Path
    redis_url: str | None
    say: Callable[[str], None]


def search_rates(asked: Asked) -> SaturationReport:
    """Search, and write trials, report, page and figure. Failure in one line where it cannot be done.

    The report is written last: an interrupted run has none, so it is never taken for a whole one.
    """
    arms, workload = _arms(asked), _workload(asked.workload)
    check_store(asked.redis_url)  # a mistake is reported before anything is made
    started_at, source = utc_now(), source_state()
    seed = secrets.randbits(32) if asked.seed is None else asked.seed

    def lower_bound(trials: Sequence[Trial], place: int) -> float | None:
        return bounds(trials, place, asked.objectives[place], asked.effort)[0]

    with TrialWriter(asked.results, new_run_id()) as writer:

        def keep(trial: Trial) -> None:
            writer.append(trial)
            asked.say(told(trial, asked.objectives))

        seen = saturate(
            SaturationRequest(
                arms=arms,
                workload=workload,
                objectives=asked.objectives,
                effort=asked.effort,
                seed=seed,
                find_faults=find_faults,
                lower_bound=lower_bound,
                keep=keep,
                say=asked.say,
                generators=asked.generators,
                redis_url=asked.redis_url,
            )
        )
        found = [scheme_found(_measured(seen, asked), arm.label) for arm in arms]
        report = SaturationReport(
            run_id=writer.folder.name,
            command=shlex.join(["authbench", *sys.argv[1:]]),
            started_at=started_at,
            finished_at=utc_now(),
            seed=seed,
            authbench_version=version("authbench"),
            git_commit=source.commit,
            git_dirty=source.dirty,
            python=platform.python_version(),
            machine=describe_machine(),
            placement=seen.placement,
            store=seen.store,
            generators=asked.generators,
            workers=asked.workers,
            workload=workload.name,
            objectives=list(asked.objectives),
            effort=asked.effort,
            schemes=found,
            ratios=ratios(found),
            planted=_planted(found, asked.planted_us),
        )
        _draw(report, writer.folder)
        asked.say(f"page: {writer.folder / 'saturation.html'}")
        write_report(writer.folder, report)
    return report


def _draw(report: SaturationReport, folder: Path) -> None:
    replace_file(folder / "saturation.html", render_saturation_page(report))
    for name, figure in figures_of(report).items():
        replace_file(folder / f"{name}.svg", svg_of(figure))


def told(trial: Trial, objectives: Sequence[Objective]) -> str:
    """Say in one line what a trial showed, for the progress of the search."""
    p99 = "p99 beyond all that was answered" if trial.p99_ms is None else f"p99 {trial.p99_ms:.1f} ms"
    if trial.faults:
        result = f"invalid: {trial.faults[0].sentence} ({trial.faults[0].rule})"
    else:
        kept = [
            f"{one.limit_ms:g}"
            for place, one in enumerate(objectives)
            if trial.bad_share(place) <= one.bad_share
        ]
        result = f"{p99}, keeps {', '.join(kept) + ' ms' if kept else 'no objective'}"
    offered = f"{trial.rate_rps:.0f} requests/s, {trial.record.duration_s:g} s"
    return f"{trial.purpose:<7}{trial.scheme}: {offered}: {result}"


def _arms(asked: Asked) -> list[Arm]:
    if asked.planted_us is None:
        for name in asked.schemes:
            find_scheme(name)
        return [Arm(scheme=name, condition=Condition(workers=asked.workers)) for name in asked.schemes]
    planted = Arm(
        scheme=_PLANTED, name=f"{_CONTROL} +{asked.planted_us:g} us", planted_cpu_us=asked.planted_us
    )
    return [Arm(scheme=_CONTROL), planted]


def _workload(name: str) -> Workload:
    """Read the workload. Failure if there is none of that name, or it is one of a closed loop."""
    found = find_workload(name)
    if found.loop != "open":
        raise Failure(f"workload {name} is a closed loop, which keeps no rate: name another (read, mixed)")
    return found


def _measured(seen: Saturated, asked: Asked) -> Measured:
    limits = {(one.scheme, one.round, one.objective): (one.limit, one.why) for one in seen.ends if one.limit}
    return Measured(
        asked.objectives,
        asked.effort,
        seen.placement,
        seen.trials,
        limits,
        generators=asked.generators,
        workers=asked.workers,
    )


def _planted(found: Sequence[SchemeFound], planted_us: float | None) -> list[PlantedCheck]:
    if planted_us is None:
        return []
    control, planted = found
    pairs = zip(control.found, planted.found, strict=True)
    return [check for a, b in pairs if (check := check_planted(a, b, planted_us)) is not None]
