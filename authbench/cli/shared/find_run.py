"""Find the run that somebody means: by its id, a path, 'latest' or 'previous'; and its summary."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import Manifest
from authbench.contracts.run_directory import MANIFEST, read_manifest, require_usable
from authbench.contracts.toml_file import hint

if TYPE_CHECKING:
    from analysis.records.summary import Summary

Carries = Callable[[Manifest], bool]

REFERENCE = "reference"
"""Folder of the committed runs, in the folder of results."""


@dataclass(frozen=True)
class FoundRun:
    """A run found in the results folder, or among the committed reference runs."""

    path: Path
    manifest: Manifest


def find_run(results: Path, run: str, wanted: str = "", carries: Carries | None = None) -> Path:
    """The raw directory of the run meant. Failure if there is none.

    `run`: an id, the path of a run or of anything in it, the path under `derived` that `bench` prints, an id
    of the committed runs, or 'latest': the newest complete run that `carries` accepts, of `wanted` in words.
    Which one that is goes to standard error.
    """
    require_usable(results)
    if Path(run).name == "latest":
        return _latest(results, wanted, carries or (lambda _: True))
    for raw in _meant(results, run):
        if (raw / MANIFEST).is_file():
            return raw.resolve()
    known = ["latest", *(path.name for path in run_folders(results))]
    near = hint(Path(run).name, known) if len(known) > 1 else "there is none yet: authbench run"
    near = near if near.startswith(("did", "there")) else "authbench runs lists them"
    raise Failure(
        f"no run {run!r} under {results / 'raw'}: {near}; a run id, the path of a run, or 'latest' will do"
    )


def _meant(results: Path, run: str) -> Iterator[Path]:
    """Raw directories that the words may mean, the likeliest first."""
    path = Path(run)
    yield from (path, results / "raw" / run, results / REFERENCE / "raw" / run, results / run)
    for place in (path, *path.absolute().parents):
        if place.parent.name == "raw":
            yield place
        if place.parent.name == "derived":
            home = place.parent.parent
            yield from (home / "raw" / place.name, home / REFERENCE / "raw" / place.name)
            yield from (results / "raw" / place.name, results / REFERENCE / "raw" / place.name)


def _latest(results: Path, wanted: str, carries: Carries) -> Path:
    """The newest complete run of one's own that carries what is wanted."""
    own = list(runs_under(results / "raw"))
    for found in reversed(own):
        if found.manifest.status == "complete" and carries(found.manifest):
            print(f"latest{f' {wanted}' if wanted else ''}: {found.path.name}", file=sys.stderr)
            return found.path.resolve()
    what = f"no complete run {wanted}".strip() if own else "no run yet"
    raise Failure(f"{results / 'raw'}: {what}: authbench run makes one, authbench runs lists what is here")


def earlier_run(results: Path, later: Path) -> Path:
    """The newest complete run of the same experiment that began before this one: 'previous'."""
    of = read_manifest(later)
    for found in reversed(list(runs_under(results / "raw"))):
        one = found.manifest
        same = one.status == "complete" and one.experiment.name == of.experiment.name
        if same and one.started_at < of.started_at:
            return found.path.resolve()
    raise Failure(
        f"no baseline: no complete run of {of.experiment.name} before {of.run_id} under {results / 'raw'}: "
        f"name one, or run it again: authbench run {of.experiment.name}",
        ExitCode.NO_BASELINE,
    )


def run_folders(results: Path) -> list[Path]:
    """Directories of one's own runs, and of the committed ones."""
    places = (results / "raw", results / REFERENCE / "raw")
    return [path.parent for place in places for path in sorted(place.glob(f"[!.]*/{MANIFEST}"))]


def runs_under(raw: Path) -> Iterator[FoundRun]:
    """Runs in a folder of raw runs, the oldest first; those whose manifest cannot be read are passed over."""
    require_usable(raw.parent)
    found = []
    for path in raw.glob(f"[!.]*/{MANIFEST}"):
        try:
            found.append(FoundRun(path.parent, read_manifest(path.parent)))
        except Failure:
            continue
    yield from sorted(found, key=lambda run: (run.manifest.started_at, run.path))


def is_a_run(manifest: Manifest) -> bool:
    """Whether it is no calibration."""
    return not any(arm.planted_cpu_us or arm.planted_delay_ms for arm in manifest.experiment.arms)


def compares(manifest: Manifest) -> bool:
    """Whether verdicts can rest on the run: not on smoke, and not on a calibration."""
    return manifest.experiment.judged_by.compares and is_a_run(manifest)


def derived_summary(run: Path, results: Path) -> "Summary | None":
    """The derived summary.json of a raw run, which takes no time; None: there is none.

    Files of the same run: `derived` beside the `raw` that the run is in, or under `results`. One that another
    version wrote and this one cannot read is passed over, and so is one older than the run's manifest.
    """
    from pydantic import ValidationError

    from analysis.records.summary import Summary

    for place in (results, run.parent.parent):
        file = place / "derived" / run.name / "summary.json"
        try:
            found = Summary.model_validate_json(file.read_text("utf-8"))
            # A clone gives committed files the time of the clone, in any order: those are always taken.
            committed = place.name == REFERENCE
            fresh = committed or file.stat().st_mtime >= (run / MANIFEST).stat().st_mtime
        except (OSError, ValidationError, UnicodeDecodeError):
            continue
        if found.run_id == run.name and fresh:
            return found
    return None


def summary_of(run: Path, results: Path) -> "Summary":
    """The derived summary of a raw run; where there is none, the run is summarized."""
    if (found := derived_summary(run, results)) is not None:
        return found
    from analysis.summary.summarize import summarize_run

    return summarize_run(run, results).summary
