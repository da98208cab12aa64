"""Write an architecture decision record (MADR 4.0) with the evidence filled in; a person decides."""

import datetime
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from analysis.adr.evidence import block, evidence_of
from analysis.adr.options import option_names, options
from analysis.adr.statements import PLANNED
from analysis.advice.advise import advise
from analysis.advice.context import Context
from analysis.advice.rules import THREAT_ROWS
from analysis.capacity.demand import Demand
from analysis.capacity.document import cell, distance_words
from analysis.capacity.plan_record import Plan
from analysis.records.summary import Summary
from analysis.report import conditions, findings, sentences
from analysis.report.templates import TEMPLATES
from analysis.security.evidence import Evidence
from analysis.security.outcomes import SHORT, cell_of
from authbench.contracts.card import Card
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.run_directory import MANIFEST, replace_file, samples_files, slices_file

FILL = "[for those who decide]"
_SIGNED = (
    "\n<!-- authbench adr: sha256:{}; while nothing above is edited, the next record replaces this -->\n"
)
_NUMBERED = re.compile(r"^(\d{4})-.*\.md$")
_NO_NAME = re.compile(r"[^a-z0-9]+")


def next_path(folder: Path, title: str) -> Path:
    """Name the record's file as adr-tools does: the number after the highest in the folder, and the title."""
    taken = [int(found[1]) for path in folder.glob("*.md") if (found := _NUMBERED.match(path.name))]
    return folder / f"{max(taken, default=0) + 1:04d}-{_slug(title)}.md"


def _slug(title: str) -> str:
    return _NO_NAME.sub("-", title.lower()).strip("-")


def write_record(folder: Path, title: str, text: str) -> Path:
    """Write the record into the folder: over the newest of its title that nobody edited, or as a new one."""
    numbered = sorted((path for path in folder.glob("*.md") if _NUMBERED.match(path.name)), reverse=True)
    own = (old for old in numbered if old.name[5:] == f"{_slug(title)}.md" and is_unedited(_read(old)))
    path = next(own, next_path(folder, title))
    replace_file(path, text + _SIGNED.format(_digest(text)))
    return path


def _read(path: Path) -> str:
    return path.read_text("utf-8", errors="replace")


def is_unedited(written: str) -> bool:
    """Whether a file is a record exactly as it was written: its last line has the hash of all before."""
    text, signed, digest = written.rpartition(_SIGNED.partition("{}")[0])
    return bool(signed) and digest == _SIGNED.format(_digest(text)).removeprefix(signed)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def render_record(
    summary: Summary,
    run: Path,
    cards: Mapping[str, Card],
    context: Context | None = None,
    evidence: Evidence | None = None,
    planned: tuple[Demand, Plan] | None = None,
) -> str:
    """Write the record of a valid run. Failure (exit 3) if the run is INVALID, or compares nothing.

    `cards`: of the run's arms, and of every scheme that may be an option. `evidence`: what was measured of
    their security. `planned`: a demand, and the plan of this run for it.
    """
    if summary.status == "INVALID":
        raise Failure(f"the run is INVALID ({summary.reasons[0]}): no decision rests on it", ExitCode.INVALID)
    if summary.service:
        raise Failure(
            "the run is of a service that is not part of authbench: without cards there is "
            "nothing to decide between"
        )
    if not summary.judged_by.compares:
        raise Failure(
            f"experiment {summary.experiment} compares nothing: no decision rests on it; use quick or full",
            ExitCode.INVALID,
        )
    context = context or Context()
    names = option_names(summary, cards, context.options)
    advice = advise(context, cards, names, evidence, summary)
    digest, files = raw_digest(run)
    told = options(summary, cards, advice.schemes, evidence)
    left = [option for option in told if option.advice.remains]
    # That one of a selection is left means something only where a person made the selection.
    others = [] if context.options else advise(context, cards, _schemes(cards, summary), evidence).remaining
    others = [name for name in others if name not in names]
    ended = (summary.finished_at or summary.started_at)[:10]
    return TEMPLATES.get_template("adr/record.md.jinja").render(
        summary=summary,
        context=context,
        advice=advice,
        options=told,
        left=left,
        others=others,
        chosen=left[0] if len(left) == 1 and advice.said and not others else None,
        date=ended,
        review=_a_year_after(ended),
        plan=planned[1] if planned else None,
        needs=_needs(planned[1]) if planned else {},
        distance=distance_words,
        threats=_threat_rows(context, [option.card.name for option in told], evidence),
        words=sentences,
        not_measured=_not_measured(summary, evidence),
        headline=sentences.headline(summary)[:2],
        findings=findings.short_lines(summary),
        missing=findings.missing_figures(summary),
        caption=conditions.caption(summary),
        words_versions=conditions.measured_versions(summary),
        all_versions=", ".join(f"{name} {version}" for name, version in sorted(summary.versions.items())),
        digest=digest,
        files=files,
        fill=FILL,
        fill_name=FILL.strip("[]"),
        block=block(evidence_of(summary, digest, context, advice, [option.name for option in told], planned)),
    )


def _needs(plan: Plan) -> dict[str, list[tuple[str, str]]]:
    """(figure in words, value) of each planned figure of each arm at the planned peak."""
    return {
        one.arm: [
            (found.label, "refused: it lies beyond what was measured" if found.refused else cell(found))
            for name in PLANNED
            if (found := one.of(name)) is not None
        ]
        for one in plan.scenarios[0].schemes
    }


def _schemes(cards: Mapping[str, Card], summary: Summary) -> list[str]:
    """Names of schemes: other arms of the run (the control, twins, lean copies) have cards as well."""
    return [name for name in cards if name not in {arm.arm for arm in summary.arms if arm.role != "arm"}]


def _not_measured(summary: Summary, evidence: Evidence | None) -> list[str]:
    """What the run says nothing about, less what a report of revocations has measured."""
    timed = evidence is not None and evidence.revocation is not None
    return [line for line in summary.not_measured if not (timed and line.startswith("how long a revoked"))]


def _a_year_after(day: str) -> str:
    """The same day of the next year; 28 February after a leap day."""
    date = datetime.date.fromisoformat(day)
    return date.replace(
        year=date.year + 1, day=min(date.day, 28) if date.month == 2 else date.day
    ).isoformat()


def _threat_rows(context: Context, schemes: list[str], evidence: Evidence | None) -> list[list[str]]:
    """Rows of the threat matrix for the declared threats: [threat, attack, an outcome for each option]."""
    report = evidence.attack if evidence else None
    found = []
    for key, wanted in THREAT_ROWS.items():
        if report is None or not getattr(context.threats, key):
            continue
        for row in report.rows:
            if row.id in wanted:
                cells = [cell_of(row, name) for name in schemes]
                told = ["void" if row.void else SHORT[c.outcome] if c else "not tried" for c in cells]
                found.append([key, f"{row.name} ({row.id})", *told])
    return found


def raw_digest(run: Path) -> tuple[str, int]:
    """(SHA-256, number of files) over manifest, slices and samples, sorted by path.

    The same as `sha256sum` of what `sha256sum` prints of those files inside the run's directory.
    """
    files = sorted(
        path.relative_to(run).as_posix()
        for path in (run / MANIFEST, slices_file(run), *samples_files(run).values())
        if path.is_file()
    )
    lines = "".join(f"{hashlib.sha256((run / name).read_bytes()).hexdigest()}  {name}\n" for name in files)
    return hashlib.sha256(lines.encode()).hexdigest(), len(files)
