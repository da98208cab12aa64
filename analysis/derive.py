"""From raw to derived: everything under results/derived can be deleted and made again from here."""

import contextlib
import csv
import dataclasses
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.calibration.stored import read_calibration
from analysis.charts.render import figures_of, svg_of
from analysis.data.earlier_runs import earlier_twins
from analysis.data.run import RunData, load_run
from analysis.records.summary import Summary
from analysis.report.page import render_page
from analysis.summary.latency_curves import latency_curves
from analysis.summary.summarize import summarize
from authbench.contracts.failure import Failure
from authbench.contracts.run_directory import read_manifest, replace_file


def summary_of(run_path: Path, results_root: Path) -> Summary:
    """A run's summary, judged anew from its raw data, without writing anything."""
    return summary_from(load_run(run_path), results_root)


def summary_from(run: RunData, results_root: Path) -> Summary:
    """The summary of a run that is read already, with what is known of its machine under `results_root`."""
    calibration = read_calibration(results_root, run.manifest.machine.host)
    return summarize(run, earlier_twins(results_root / "raw", run.manifest), calibration)


def derive(run_path: Path, results_root: Path) -> Summary:
    """Write results/derived/<run-id>/ anew from a raw run: summary.json, report.html, tables and figures.

    Each file is replaced in one step, summary.json last: where it is, the others are. Failure where the
    manifest cannot be read or the disk is full; a run that is not whole gives an INVALID summary.
    """
    run = load_run(run_path)
    summary = summary_from(run, results_root)
    folder = results_root / "derived" / summary.run_id
    tables, pictures = make_folder(folder / "tables"), make_folder(folder / "figures")
    curves = latency_curves(run, summary.findings) if summary.arms else []
    figures = figures_of(summary, curves)
    replace_file(tables / "arms.csv", _csv(_arm_rows(summary)))
    replace_file(tables / "comparisons.csv", _csv(c.model_dump(mode="json") for c in summary.comparisons))
    replace_file(tables / "latency.csv", _csv(dataclasses.asdict(point) for point in curves))
    replace_file(tables / "operations.csv", _csv(_operation_rows(summary)))
    replace_file(tables / "rates.csv", _csv(_rate_rows(summary)))
    if summary.stages:
        replace_file(tables / "stages.csv", _csv(_stage_rows(summary)))
    for old in pictures.glob("*.svg"):
        if old.stem not in figures:
            old.unlink()
    for name, figure in figures.items():
        replace_file(pictures / f"{name}.svg", svg_of(figure))
    replace_file(folder / "report.html", render_page(summary, figures))
    replace_file(folder / "summary.json", summary.model_dump_json(indent=1) + "\n")
    return summary


def make_folder(path: Path) -> Path:
    """The folder, made if need be. Failure in one line if it cannot be."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"{path}: cannot be made: {error.strerror}; choose another place with --results"
        ) from None
    return path


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


def _flat(value: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested keys joined by a point; what repeats has a table of its own."""
    row: dict[str, object] = {}
    for name, inner in value.items():
        if isinstance(inner, Mapping):
            row |= _flat(inner, f"{prefix}{name}.")
        elif not isinstance(inner, list):
            row[prefix + name] = inner
    return row


def _arm_rows(summary: Summary) -> Iterable[dict[str, object]]:
    """One flat row per arm."""
    return [_flat(arm.model_dump(mode="json", exclude={"operations"})) for arm in summary.arms]


def _operation_rows(summary: Summary) -> Iterable[dict[str, object]]:
    """One row per arm and operation."""
    for arm in summary.arms:
        for name, operation in arm.operations.items():
            yield {"arm": arm.arm, "operation": name} | _flat(operation.model_dump(mode="json"))


def _rate_rows(summary: Summary) -> Iterable[dict[str, object]]:
    """One row per arm and offered rate."""
    for arm in summary.arms:
        for rung in arm.ladder.rungs:
            yield {"arm": arm.arm} | _flat(rung.model_dump(mode="json"))


def _stage_rows(summary: Summary) -> Iterable[dict[str, object]]:
    """One row per scheme and stage that is shown."""
    for chain in summary.stages:
        for stage in chain.stages:
            yield {"scheme": chain.scheme} | _flat(stage.model_dump(mode="json"))


def _csv(rows: Iterable[Mapping[str, object]]) -> str:
    """Rows that may differ in their columns; an absent or unknown figure is an empty cell."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
