"""Write the table of docs/published-claims.md from the newest committed replication."""

from analysis.readme.markers import filled
from analysis.replication import words
from authbench.contracts.replication.report import ClaimFound, Measured, PartFound, ReplicationReport

DOCUMENT = "docs/published-claims.md"
NOT_MEASURED = (
    "*Not measured yet: no replication is committed. `authbench replicate --results results/reference` makes "
    "one, then `make readme` fills this in.*"
)


def claims_document(text: str, report: ReplicationReport | None) -> str:
    """Return the document with its table written anew. Failure for a block of unknown name.

    `report`: None where nothing is committed; then the block says how to make it.
    """
    return filled(text, DOCUMENT, {"published-claims": lambda: _table(report) if report else NOT_MEASURED})


def _table(report: ReplicationReport) -> str:
    head = ("claim", "published by", "here", "measured properly", "with its mistakes")
    rows = [head, ("---",) * len(head), *map(_row, report.claims)]
    table = "\n".join(f"| {' | '.join(_cell(text) for text in row)} |" for row in rows)
    machine = f"{report.machine.cpu_model}, {report.machine.cpus} processors"
    took = f"on {report.finished_at[:10]} in {report.seconds / 60:.0f} minutes"
    made = f"Measured by `{report.command}` {took} ({machine}):"
    found = [_explained(claim) for claim in report.claims]
    return "\n".join([made, "", table, "", *(line for line in found if line)])


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
