"""From raw to derived: everything under results/derived can be deleted and made again from here."""

import contextlib
import csv
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.dataset import load_run
from analysis.history import earlier_twins
from analysis.report.page import render_page
from analysis.summarize import summarize
from analysis.summary import Summary
from authbench.failure import Failure
from authbench.run_directory import read_manifest, replace_file


def derive(run_path: Path, results_root: Path) -> Summary:
    """Write results/derived/<run-id>/ anew from a raw run: summary.json, report.html and two tables.

    Each file is replaced in one step, summary.json last: where it is, the others are. Failure where the
    manifest cannot be read or the disk is full; a run that is not whole gives an INVALID summary.
    """
    run = load_run(run_path)
    summary = summarize(run, earlier_twins(results_root / "raw", run.manifest))
    folder = results_root / "derived" / summary.run_id
    tables = folder / "tables"
    try:
        tables.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"{tables}: cannot be made: {error.strerror}; choose another place with --results"
        ) from None
    replace_file(tables / "arms.csv", _csv(_arm_rows(summary)))
    replace_file(tables / "comparisons.csv", _csv(c.model_dump(mode="json") for c in summary.comparisons))
    replace_file(folder / "report.html", render_page(summary))
    replace_file(folder / "summary.json", summary.model_dump_json(indent=1) + "\n")
    return summary


def point_latest(results: Path, run_id: str) -> bool:
    """Let results/latest mean this run, in one step; only if it is complete. True: it does now."""
    if read_manifest(results / "raw" / run_id).status != "complete":
        return False
    part = results / f".latest.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    part.symlink_to(Path("raw") / run_id)
    part.replace(results / "latest")
    return True


def _arm_rows(summary: Summary) -> Iterable[dict[str, object]]:
    """One flat row per arm."""
    for arm in summary.arms:
        row: dict[str, object] = {}
        for name, value in arm.model_dump(mode="json").items():
            if isinstance(value, Mapping):
                for key, inner in value.items():
                    if isinstance(inner, Mapping):
                        row |= {f"{name}.{key}.{leaf}": figure for leaf, figure in inner.items()}
                    else:
                        row[f"{name}.{key}"] = inner
            else:
                row[name] = value
        yield row


def _csv(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows that may differ in their columns; an absent or unknown figure is an empty cell."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
