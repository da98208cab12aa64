"""An architecture decision record (MADR 4.0) with the evidence filled in. The decision stays a person's."""

import re
from pathlib import Path

from analysis.adr.evidence import raw_digest
from analysis.capacity.sizing import FILL
from analysis.records.summary import ArmSummary, Comparison, Summary
from analysis.report import conditions, findings, sentences
from analysis.report.templates import TEMPLATES
from authbench.contracts.failure import ExitCode, Failure

TITLE = "Authenticate requests with a session or with a token"
_NUMBERED = re.compile(r"^(\d{4})-.*\.md$")


def next_path(folder: Path, title: str = TITLE) -> Path:
    """The record's file: the number after the highest in the folder, and the title."""
    taken = [int(found[1]) for path in folder.glob("*.md") if (found := _NUMBERED.match(path.name))]
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    return folder / f"{max(taken, default=0) + 1:04d}-{slug}.md"


def render_record(summary: Summary, run: Path) -> str:
    """The record of a valid run. Failure (exit 3) if it is INVALID: its figures may not be used.

    Also where the experiment compares nothing: there would be no evidence in it.
    """
    if summary.status == "INVALID":
        raise Failure(f"the run is INVALID ({summary.reasons[0]}): no decision rests on it", ExitCode.INVALID)
    if not summary.compares:
        raise Failure(
            f"experiment {summary.experiment} compares nothing: no decision rests on it; use quick or full",
            ExitCode.INVALID,
        )
    digest, files = raw_digest(run)
    options = [arm for arm in summary.arms if arm.role == "arm"]
    return TEMPLATES.get_template("adr/record.md.jinja").render(
        summary=summary,
        title=TITLE,
        options=options,
        evidence={arm.arm: _against(summary, arm) for arm in options},
        words=sentences,
        headline=sentences.headline(summary),
        findings=[
            sentence for finding, sentence in findings.finding_sentences(summary.findings) if finding.loud
        ],
        missing=findings.missing_figures(summary),
        caption=conditions.caption(summary),
        words_versions=conditions.measured_versions(summary),
        all_versions=", ".join(f"{name} {version}" for name, version in sorted(summary.versions.items())),
        digest=digest,
        files=files,
        fill=FILL,
    )


def _against(summary: Summary, arm: ArmSummary) -> list[Comparison]:
    """What was compared with this arm and has a figure, the primary metric only."""
    return [
        c
        for c in summary.comparisons
        if c.metric == summary.primary_metric and c.ratio is not None and arm.arm in (c.a, c.b)
    ]
