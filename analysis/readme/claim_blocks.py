"""Write the table of docs/published-claims.md: of each claim, what the newest committed replication found."""

from collections.abc import Sequence

from analysis.readme.markers import filled
from analysis.replication import words
from authbench.contracts.replication.report import ClaimFound, Measured, PartFound, ReplicationReport

DOCUMENT = "docs/published-claims.md"
NOT_MEASURED = (
    "*Not measured yet: no replication is committed. `authbench replicate --results results/reference` makes "
    "one, then `make readme` fills this in.*"
)


def claims_document(text: str, reports: Sequence[ReplicationReport]) -> str:
    """Return the document with its table written anew. Failure for a block of unknown name.

    `reports`: the newest last. Without any, the block says how to make one.
    """
    return filled(text, DOCUMENT, {"published-claims": lambda: _table(reports) if reports else NOT_MEASURED})


def _table(reports: Sequence[ReplicationReport]) -> str:
    newest = {claim.name: (claim, report) for report in reports for claim in report.claims}
    claims = [claim for claim, _ in newest.values()]
    head = ("claim", "published by", "here", "measured properly", "with its mistakes")
    rows = [head, ("---",) * len(head), *map(_row, claims)]
    table = "\n".join(f"| {' | '.join(_cell(text) for text in row)} |" for row in rows)
    used = [report for report in reports if any(report is by for _, by in newest.values())]
    again = [f"{'Measured' if report is used[0] else 'then'} by {_made(report)}" for report in used]
    found = [_explained(claim) for claim in claims]
    return "\n".join([f"{', '.join(again)}:", "", table, "", *(line for line in found if line)])


def _made(report: ReplicationReport) -> str:
    machine = f"{report.machine.cpu_model}, {report.machine.cpus} processors"
    took = f"on {report.finished_at[:10]} in {report.seconds / 60:.0f} minutes"
    return f"`{report.command}` {took} ({machine})"


def _row(claim: ClaimFound) -> tuple[str, ...]:
    by = f"[{claim.by}]({claim.source})" if claim.source else claim.by
    properly = [_figure(part.properly, part) for part in claim.parts]
    published = [_figure(part.as_published, part) for part in claim.parts if part.as_published]
    return (
        claim.claim,
        by,
        f"**{words.answer_words(claim).partition(':')[0]}**",
        "; ".join(properly) or "-",
        "; ".join(published) or "-",
    )


def _figure(measured: Measured, part: PartFound) -> str:
    return words.measured_words(measured, part.unit) if measured.value is not None else "-"


def _explained(claim: ClaimFound) -> str:
    """One line for a claim that is not simply confirmed: why, and what its mistakes do."""
    if claim.answer == "confirmed":
        return ""
    said = [words.explanation_words(part) for part in claim.parts if part.answer != "confirmed"]
    said += [
        f"{what}: {words.measured_words(measured, '')}."
        for part in claim.parts
        for what, measured in part.also.items()
        if measured.value is not None
    ]
    if claim.reason:
        said.insert(0, f"{claim.reason}.")
    text = " ".join(each[:1].upper() + each[1:] for each in said if each)
    return f"* *{claim.claim}* {text}" if text else ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
