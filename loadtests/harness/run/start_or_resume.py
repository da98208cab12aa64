"""Start a run: fresh, with an identity and a seed of its own, or where an earlier one was interrupted."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from authbench.contracts.experiment import Experiment, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.records import JudgedSlice, Manifest, Part
from authbench.contracts.run_directory import drop_torn_line, read_manifest, read_slices
from loadtests.harness.telemetry.machine import describe_machine
from loadtests.harness.telemetry.source import source_state


@dataclass(frozen=True)
class Start:
    """What is known before the first process starts."""

    manifest: Manifest
    first_generation: int = 0
    recorded: Sequence[JudgedSlice] = field(default=())
    """Slices of whole generations that count already."""

    @property
    def resumed(self) -> bool:
        return bool(self.manifest.resumed_at)


def fresh_start(
    experiment: Experiment,
    workload: Workload,
    command: str,
    generators: int = 1,
    *,
    load_from_workers: bool = False,
    elsewhere: Sequence[Part] = (),
) -> Start:
    """A new run. Its seed is the experiment's, or drawn. `elsewhere`: what of it is on other hosts."""
    if experiment.credentials is not None:
        workload = workload.model_copy(update={"credentials": experiment.credentials})
    source = source_state()
    seed = secrets.randbits(32) if experiment.seed is None else experiment.seed
    return Start(
        Manifest(
            # Sorts by time, names the experiment, and differs between two runs of the same second.
            run_id=f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{experiment.name}-{secrets.token_hex(3)}",
            status="running",
            started_at=utc_now(),
            authbench_version=version("authbench"),
            git_commit=source.commit,
            git_dirty=source.dirty,
            command=command,
            seed=seed,
            experiment=experiment,
            workload=workload,
            generators=generators,
            load_from_workers=load_from_workers,
            elsewhere=list(elsewhere),
            machine=describe_machine(),
        )
    )


def resume_start(run: Path) -> Start:
    """Continue a run that was interrupted: whole generations count, the one under way is abandoned.

    Failure when it is complete, or when machine or source are not what they were.
    """
    manifest = read_manifest(run)
    if manifest.status == "complete":
        raise Failure(f"{manifest.run_id} is complete: there is nothing to resume")
    source = source_state()
    if describe_machine() != manifest.machine:
        raise Failure(f"{manifest.run_id} was begun on another machine, or another kernel: start a new run")
    if (source.commit, source.dirty) != (manifest.git_commit, manifest.git_dirty):
        raise Failure(f"{manifest.run_id} was begun with other source files: start a new run")
    drop_torn_line(run)
    slices = read_slices(run)
    seen = sorted({judged.measured.generation for judged in slices})
    candidates = [number for number in seen if number not in manifest.abandoned_generations]
    whole = set(candidates[: manifest.generations_done])
    abandoned = [number for number in seen if number not in whole]
    return Start(
        manifest.model_copy(
            update={
                "status": "running",
                "status_reason": "",
                "finished_at": None,
                "resumed_at": [*manifest.resumed_at, utc_now()],
                "abandoned_generations": abandoned,
                "slices_recorded": len(slices),
            }
        ),
        first_generation=seen[-1] + 1 if seen else 0,
        recorded=[judged for judged in slices if judged.measured.generation in whole],
    )


def utc_now() -> str:
    """Now, as manifests write it: UTC, ISO 8601, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")
