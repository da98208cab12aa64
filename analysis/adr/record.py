"""Write an architecture decision record (MADR 4.0) with the evidence filled in; a person decides."""

import hashlib
import re
from pathlib import Path

from analysis.capacity.sizing import FILL
from analysis.records.summary import ArmSummary, Comparison, Summary
from analysis.report import conditions, findings, sentences
from analysis.report.templates import TEMPLATES
from analysis.security.comparison import drills_of, measured_of
from analysis.security.evidence import Evidence
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.run_directory import MANIFEST, replace_file, samples_files, slices_file

TITLE = "Authenticate requests with a session or with a token"
_SIGNED = (
    "\n<!-- authbench adr: sha256:{}; while nothing above is edited, the next record replaces this -->\n"
)
_NUMBERED = re.compile(r"^(\d{4})-.*\.md$")


def next_path(folder: Path) -> Path:
    """Name the record's file: the number after the highest in the folder, and the title."""
    taken = [int(found[1]) for path in folder.glob("*.md") if (found := _NUMBERED.match(path.name))]
    slug = re.sub(r"[^a-z0-9]+", "-", TITLE.lower()).strip("-")
    return folder / f"{max(taken, default=0) + 1:04d}-{slug}.md"


def write_record(folder: Path, text: str) -> Path:
    """Write the record into the folder: over the newest one that nobody has edited, or as a new one."""
    numbered = sorted((path for path in folder.glob("*.md") if _NUMBERED.match(path.name)), reverse=True)
    path = next((old for old in numbered if is_unedited(old.read_text("utf-8"))), next_path(folder))
    replace_file(path, text + _SIGNED.format(_digest(text)))
    return path


def is_unedited(written: str) -> bool:
    """Whether a file is a record exactly as it was written: its last line has the hash of all before."""
    text, signed, digest = written.rpartition(_SIGNED.partition("{}")[0])
    return bool(signed) and digest == _SIGNED.format(_digest(text)).removeprefix(signed)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def render_record(summary: Summary, run: Path, evidence: Evidence | None = None) -> str:
    """Write the record of a valid run. Failure (exit 3) if the run is INVALID, or compares nothing.

    `evidence`: what was measured of the schemes' security, if it was.
    """
    if summary.status == "INVALID":
        raise Failure(f"the run is INVALID ({summary.reasons[0]}): no decision rests on it", ExitCode.INVALID)
    if not summary.judged_by.compares:
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
        measured={arm.arm: measured_of(evidence, arm.scheme) for arm in options},
        drills={arm.arm: drills_of(evidence, arm.scheme) for arm in options},
        reports=[header.run_id for header in evidence.headers] if evidence else [],
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
    """List the comparisons of this arm that have a figure, in the primary metric only."""
    return [
        c
        for c in summary.comparisons
        if c.metric == summary.primary_metric and c.ratio is not None and arm.arm in (c.a, c.b)
    ]


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
