"""The summary of a run: as it was derived, where that still holds, and computed where not."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.records.summary import Summary


def summary_of(run: Path, results: Path) -> "Summary":
    """The derived summary.json of a raw run, which takes no time; else the run is summarized.

    Files of the same run: `derived` beside the `raw` that the run is in, or under `results`. One that another
    version wrote and this one cannot read is passed over, and so is one older than the run's manifest.
    """
    from pydantic import ValidationError

    from analysis.records.summary import Summary
    from authbench.cli.shared.find_run import REFERENCE
    from authbench.contracts.run_directory import MANIFEST

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
    from analysis.summary.summarize import summarize_run

    return summarize_run(run, results).summary
