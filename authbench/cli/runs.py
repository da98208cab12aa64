"""`authbench runs`: which runs are here, how old they are, and which of their answers stand."""

import json as json_module
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from authbench.cli.shared.options import DEFAULT_RESULTS, Json, Results

if TYPE_CHECKING:
    from analysis.records.summary import AnswerSummary
    from authbench.contracts.records import Manifest

_MANY = 20


def runs(
    results: Results = DEFAULT_RESULTS,
    every: Annotated[bool, typer.Option("--all", help=f"all of them, not the newest {_MANY}")] = False,
    json: Json = False,
) -> None:
    """List the runs of this folder and the committed ones, the newest first, one line each.

    A run's answers are those of its derived summary.json; without one, `authbench report` makes it.

    Example: authbench runs
    """
    from authbench.cli.shared.find_run import REFERENCE, runs_under

    places = (results, results / REFERENCE)
    found = {place: [*reversed([*runs_under(place / "raw")])] for place in places}
    if json:
        told = [
            _facts(run.manifest, run.path, (place, results)) for place, here in found.items() for run in here
        ]
        print(json_module.dumps(told, indent=1))
        return
    ids = [run.path.name for here in found.values() for run in here]
    if not ids:
        print(f"no run under {results / 'raw'}: authbench run makes one")
        return
    width = max(len(name) for name in ids)
    for place, here in found.items():
        shown = here if every else here[:_MANY]
        if here:
            print(f"{place / 'raw'}:")
        for run in shown:
            age = _age(run.manifest.started_at)
            print(f"{run.path.name:<{width}}  {age:>6}  {_words(run.manifest, run.path, (place, results))}")
        if len(shown) < len(here):
            print(f"and {len(here) - len(shown)} older: authbench runs --all")


def _facts(manifest: "Manifest", path: Path, places: Iterable[Path]) -> dict[str, object]:
    answers = _answers(path, places)
    return {
        "run_id": path.name,
        "path": str(path),
        "experiment": manifest.experiment.name,
        "started_at": manifest.started_at,
        "status": manifest.status,
        "answers": None if answers is None else {one.answer: one.status for one in answers},
    }


def _answers(path: Path, places: Iterable[Path]) -> "list[AnswerSummary] | None":
    """The answers of a run's derived summary; None: there is none, or an older version wrote it."""
    from pydantic import ValidationError

    from analysis.records.summary import Summary

    for place in places:
        try:
            text = (place / "derived" / path.name / "summary.json").read_text("utf-8")
            answers = Summary.model_validate_json(text).answers
        except (OSError, ValidationError, UnicodeDecodeError):
            continue
        if answers:
            return answers
    return None


def _words(manifest: "Manifest", path: Path, places: Iterable[Path]) -> str:
    """'cost VALID, latency indicative, ...', or what to do about a run that has no answers."""
    from analysis.report.sentences import answer_status

    if manifest.status == "interrupted":
        return "interrupted: authbench run --resume ID"
    if manifest.status != "complete":
        return manifest.status
    answers = _answers(path, places)
    if answers is None:
        return "not derived: authbench report ID"
    return ", ".join(_by_status((one.answer, answer_status(one)) for one in answers))


def _by_status(answers: Iterator[tuple[str, str]]) -> list[str]:
    """Answers of the same status together: 'VALID cost and throughput'."""
    together: dict[str, list[str]] = {}
    for answer, status in answers:
        together.setdefault(status, []).append(answer)
    return [f"{status} {' + '.join(names)}" for status, names in together.items()]


def _age(started_at: str) -> str:
    """'5 min', '3 h', '12 d': how long ago the run began."""
    minutes = (datetime.now(UTC) - datetime.fromisoformat(started_at)).total_seconds() / 60
    if minutes < 90:
        return f"{minutes:.0f} min"
    return f"{minutes / 60:.0f} h" if minutes < 48 * 60 else f"{minutes / 1440:.0f} d"
