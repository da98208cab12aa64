"""Derive files from a raw run: everything under results/derived can be deleted and made again."""

import contextlib
import csv
import dataclasses
import io
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

from analysis.advice.choices import make_choices
from analysis.charts.render import figures_of, svg_of
from analysis.curves.latency import latency_curves
from analysis.curves.timeline import timeline
from analysis.data.store_sizes import read_store_sizes
from analysis.records.summary import Summary
from analysis.report.page import render_page
from analysis.rules.v23_nothing_left_out import NothingLeftOut
from analysis.security.evidence import evidence_in
from analysis.summary.judged_run import JudgedRun
from analysis.summary.so_what import Site
from analysis.summary.summarize import summarize_run
from analysis.validity.finding import Finding
from analysis.what_if import make_panel
from authbench.contracts.card import Card
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import Record
from authbench.contracts.run_directory import make_folder, read_manifest, replace_file

Row = Mapping[str, object]


def derive(
    run_path: Path,
    results_root: Path,
    site: Site | None = None,
    say: Callable[[str], None] = lambda _: None,
    cards: Mapping[str, Card] = MappingProxyType({}),
) -> Summary:
    """Write results/derived/<run-id>/ anew from a raw run: summary.json, report.html, tables and figures.

    Each file is replaced in one step, summary.json last: where it is, the others are. `site`: the reader's
    own rate and nodes. `say` is told what takes long. `cards`: of schemes that the page may advise on beside
    those of the run. Failure where the manifest cannot be read or the disk is full, and where raw
    data of a run that has a summary already is missing or damaged; another run that is not whole gives an
    INVALID summary.
    """
    run, summary = summarize_run(run_path, results_root, site)
    _keep_what_cannot_be_made_again(run, results_root)
    say("drawing the page")
    folder = results_root / "derived" / summary.run_id
    tables, pictures = make_folder(folder / "tables"), make_folder(folder / "figures")
    curves = latency_curves(run)
    cycles = timeline(run.data) if run.data.whole else []
    figures = figures_of(summary, curves, cycles)
    for name, rows in _tables(summary):
        replace_file(tables / f"{name}.csv", _csv(rows))
    replace_file(tables / "latency.csv", _csv(dataclasses.asdict(point) for point in curves))
    replace_file(tables / "timeline.csv", _csv(dataclasses.asdict(point) for point in cycles))
    for old in pictures.glob("*.svg"):
        if old.stem not in figures:
            old.unlink()
    drawn = {name: svg_of(figure) for name, figure in figures.items()}
    for name, picture in drawn.items():
        replace_file(pictures / f"{name}.svg", picture)
    evidence, manifest = evidence_in(results_root), run.data.manifest
    seen = evidence or evidence_in(results_root / "reference")
    # Plans and advice rest on cards, and nobody declares anything of a service that is not ours.
    own = manifest.service is None
    panel = make_panel(summary, manifest, read_store_sizes(results_root)) if own else None
    choices = make_choices(summary, manifest, cards, seen) if own else None
    page = render_page(summary, figures, drawn, evidence, panel, choices)
    replace_file(folder / "report.html", page)
    replace_file(folder / "summary.json", summary.model_dump_json(indent=1) + "\n")
    return summary


def _keep_what_cannot_be_made_again(run: JudgedRun, results_root: Path) -> None:
    """Failure where raw data is no longer what the run's summary was made of: that one is not replaced."""
    now = _not_whole(run.findings)
    if now is None or run.data.manifest.status != "complete":
        return
    for place in (results_root, run.data.path.parent.parent):
        summary = place / "derived" / run.data.manifest.run_id / "summary.json"
        if summary.is_file() and not _was_not_whole(summary):
            gone = run.data.gone
            more = f" and {len(gone) - 1} more" if len(gone) > 1 else ""
            why = f"raw data has changed ({now.subject}: {now.sentence})"
            why = f"raw rows are missing ({gone[0]}{more})" if gone else why
            raise Failure(
                f"{run.data.path}: {why}, so nothing can be made anew, and {summary} stays as it is: bring "
                "the data back, or read that",
                ExitCode.INVALID,
            )


def _not_whole(findings: Iterable[Finding]) -> Finding | None:
    """What the rule found that looks whether all of a run is there; None: all is."""
    found = (one for one in findings if one.rule == NothingLeftOut.code and one.severity == "void-run")
    return next(found, None)


def _was_not_whole(summary: Path) -> bool:
    """Whether nothing is lost with the summary: its run was not whole either. No where it is unreadable."""
    try:
        return _not_whole(Summary.model_validate_json(summary.read_text("utf-8")).findings) is not None
    except (OSError, ValueError):
        return False


def point_latest(results: Path, run_id: str) -> bool:
    """Let results/latest point to this run, in one step, if the run is complete. True: it points there."""
    if read_manifest(results / "raw" / run_id).status != "complete":
        return False
    part = results / f".latest.{os.getpid()}"
    with contextlib.suppress(FileNotFoundError):
        part.unlink()
    part.symlink_to(Path("raw") / run_id)
    part.replace(results / "latest")
    return True


def _tables(summary: Summary) -> Iterator[tuple[str, list[Row]]]:
    yield "arms", [_flat(arm) for arm in summary.arms]
    yield "comparisons", [_flat(comparison) for comparison in summary.comparisons]
    operations = [(arm.arm, name, one) for arm in summary.arms for name, one in arm.operations.items()]
    yield "operations", [{"arm": arm, "operation": name, **_flat(one)} for arm, name, one in operations]
    yield "rates", [{"arm": arm.arm, **_flat(rung)} for arm in summary.arms for rung in arm.ladder.rungs]
    if summary.stages:
        stages = [(chain.scheme, stage) for chain in summary.stages for stage in chain.stages]
        yield "stages", [{"scheme": scheme, **_flat(stage)} for scheme, stage in stages]


def _flat(record: Record) -> dict[str, object]:
    """Nested keys joined by a point; operations and lists are left out: they have tables of their own."""

    def cells(value: Row, prefix: str) -> Iterator[tuple[str, object]]:
        for name, inner in value.items():
            if isinstance(inner, Mapping):
                yield from cells(inner, f"{prefix}{name}.")
            elif not isinstance(inner, list):
                yield prefix + name, inner

    return dict(cells(record.model_dump(mode="json", exclude={"operations"}), ""))


def _csv(rows: Iterable[Row]) -> str:
    """Rows that may differ in their columns; an absent or unknown figure is an empty cell."""
    rows = list(rows)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
