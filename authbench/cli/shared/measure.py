"""Start a run of an experiment and show how far it is: what `run` and `calibrate` have in common."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from analysis.judge import enough, generations_expected, judge, plan_cycles, progress
from authbench.cli.shared.progress import BarProgress, LineProgress, show_progress
from authbench.contracts.experiment import Experiment, find_experiment, find_workload
from authbench.contracts.hosts.hosts_file import Hosts
from authbench.contracts.records import Part
from loadtests.harness.load.meeting import Meeting
from loadtests.harness.run.generation import fresh_generation
from loadtests.harness.run.run import OpenGeneration, RunRequest, run_experiment
from loadtests.harness.run.start_or_resume import Start, fresh_start
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme


def new_run(
    name: str,
    seed: int | None,
    command: str,
    generators: int = 1,
    *,
    load_from_workers: bool = False,
    elsewhere: Sequence[Part] = (),
) -> Start:
    """A run of an experiment whose schemes, settings and workload exist. Failure in one line otherwise."""
    experiment = find_experiment(name, ServerSettings)
    return start_of(
        experiment, seed, command, generators, load_from_workers=load_from_workers, elsewhere=elsewhere
    )


def start_of(
    experiment: Experiment,
    seed: int | None,
    command: str,
    generators: int = 1,
    *,
    load_from_workers: bool = False,
    elsewhere: Sequence[Part] = (),
) -> Start:
    """A run of this experiment, whose schemes and workload exist. Failure in one line otherwise."""
    for arm in experiment.arms:
        find_scheme(arm.scheme)
    if seed is not None:
        experiment = experiment.model_copy(update={"seed": seed})
    start = fresh_start(
        experiment,
        find_workload(experiment.workload),
        command,
        generators,
        load_from_workers=load_from_workers,
        elsewhere=elsewhere,
    )
    # A URL, so that schemes which can use a store offer what they do with one; nothing is asked of it.
    defaults = {
        arm.label: find_scheme(arm.scheme)(
            ServerSettings(scheme=arm.scheme, redis_url="redis://127.0.0.1:0/0")
        ).card
        for arm in experiment.arms
        if arm.cache
    }
    return replace(start, manifest=start.manifest.model_copy(update={"default_cards": defaults}))


def measure(
    start: Start,
    results: Path,
    redis_url: str | None = None,
    afterwards: Callable[[Path, BarProgress | LineProgress], None] = lambda _path, _shown: None,
    meeting: Meeting | None = None,
    hosts: Hosts | None = None,
    open_generation: OpenGeneration = fresh_generation,
) -> Path:
    """Execute the run; its directory. `afterwards` is called with it while progress is still shown."""
    manifest = start.manifest
    with show_progress(lambda recorded: progress(recorded, manifest.experiment)) as shown:
        path = run_experiment(
            RunRequest(
                start=start,
                results=results,
                judge=partial(judge, loop=manifest.workload.loop),
                enough=enough,
                plan_cycles=plan_cycles,
                expect=generations_expected,
                progress=shown,
                redis_url=redis_url,
                meeting=meeting,
                hosts=hosts,
                open_generation=open_generation,
            )
        )
        afterwards(path, shown)
    return path
