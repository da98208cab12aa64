"""Say in a few sentences what a page of security reports comes to."""

from collections import Counter
from collections.abc import Iterator

from analysis.security.evidence import Evidence
from analysis.security.kinds import by_kind
from analysis.security.outcomes import RESISTED
from authbench.contracts.security.attack import AttackOutcome, AttackReport, Row
from authbench.contracts.security.drill import DrillReport
from authbench.contracts.security.revocation import RevocationReport
from authbench.words.counting import counted


def verdict(evidence: Evidence) -> list[str]:
    """What stands and what does not, the worst first in each sentence."""
    return [
        *(_attacks(evidence.attack) if evidence.attack else ["Attacks: none were run (authbench attack)."]),
        _windows(evidence.revocation) if evidence.revocation else "Revocation: not timed (authbench revoke).",
        _drills(evidence.drills)
        if evidence.drills
        else "Failures: none were caused (authbench drill --all).",
    ]


def _attacks(report: AttackReport) -> Iterator[str]:
    rows = [row for row in report.rows if row.void is None]
    counts = Counter(cell.outcome for row in rows for cell in row.cells)
    resisted = sum(counts[outcome] for outcome in RESISTED)
    fell = len(rows)
    void = f"; {len(report.void)} VOID: {', '.join(row.id for row in report.void)}" if report.void else ""
    yield (
        f"Attacks: {len(report.rows)} on {counted(len(report.schemes), 'scheme')}: "
        f"{counts[AttackOutcome.SUCCEEDED]} "
        f"SUCCEEDED, {resisted} resisted, {_others(rows)}. {fell} of "
        f"{counted(len(report.rows), 'server')} that are "
        f"broken on purpose fell, as each must{void}."
    )
    if report.denied:
        told = ", ".join(f"{cell.row} {cell.scheme}" for cell in report.denied)
        yield f"DENIED BY ITS CARD: {told}."
    everybody = [
        f"{row.name} ({row.id})"
        for row in rows
        if (shown := [cell for cell in row.cells if cell.outcome is not AttackOutcome.NOT_RUN])
        and all(cell.outcome is AttackOutcome.SUCCEEDED for cell in shown)
        and len({kind for kind, names in by_kind(report.cards, [c.scheme for c in shown]).items() if names})
        > 1
    ]
    if everybody:
        yield f"No kind of scheme resists: {'; '.join(everybody)}."


def _others(rows: list[Row]) -> str:
    """Cells without an outcome of their own, by the reason."""
    cells = [cell for row in rows for cell in row.cells if cell.outcome is AttackOutcome.NOT_RUN]
    nothing = sum(cell.nothing_there for cell in cells)
    elsewhere = sum(cell.same_as is not None for cell in cells)
    counts = {
        "with nothing to attack": nothing,
        "tried on another scheme for both": elsewhere,
        "not run": len(cells) - nothing - elsewhere,
    }
    return ", ".join(f"{count} {words}" for words, count in counts.items() if count or words == "not run")


def _windows(report: RevocationReport) -> str:
    kept = sum(row.verdict == "as declared" for row in report.rows)
    words = f"Revocation: {kept} of {counted(len(report.rows), 'window')} as declared"
    if report.failed:
        told = ", ".join(f"{row.scheme} {row.kind.value} ({row.verdict})" for row in report.failed)
        words += f"; NOT KEPT: {told}"
    if report.void:
        told = ", ".join(f"{one.scheme.rpartition(':')[2]} {one.kind.value}" for one in report.void)
        words += f"; VOID, a broken server was not found: {told}"
    return words + "."


def _drills(reports: tuple[DrillReport, ...]) -> str:
    drills = {drill.drill: drill for report in reports for drill in report.drills}
    outcomes = [one for drill in drills.values() for one in drill.schemes if one.not_run is None]
    promised = [one for one in outcomes if one.card_held is not None]
    held = sum(bool(one.card_held) for one in promised)
    words = (
        f"Failures: {counted(len(drills), 'kind')}; cards held in {held} of "
        f"{counted(len(promised), 'case')} where they promise "
        f"something; {sum(one.wrongly_accepted for one in outcomes)} requests wrongly let in, "
        f"{counted(sum(one.lost.total for one in outcomes), 'acknowledged write')} lost"
    )
    void = [name for name, drill in drills.items() if drill.not_shown]
    return words + (f"; VOID: {', '.join(void)}" if void else "") + "."
