"""Cells, rows and reports of attacks that never took place, for tests of what reads them."""

from authbench.contracts.records import Machine
from authbench.contracts.security.attack import AttackOutcome, AttackReport, Cell, Row
from authbench.contracts.security.report import Kind, SecurityHeader

HEADER = SecurityHeader(
    run_id="20261126T150000Z-attack-1a2b3c",
    kind=Kind.ATTACK,
    command="authbench attack",
    started_at="2026-11-26T15:00:00+00:00",
    finished_at="2026-11-26T15:05:00+00:00",
    seed=1,
    authbench_version="1.0",
    git_commit=None,
    git_dirty=None,
    python="3.11.7",
    libraries={},
    store=None,
    browser=None,
    machine=Machine(
        host="0" * 16, cpu_model="a processor", cpus=2, memory_mib=1024, kernel="6.1", virtualized=None
    ),
)


def cell(scheme: str, outcome: AttackOutcome, reason: str = "because", denied: str | None = None) -> Cell:
    return Cell(row="E1", scheme=scheme, outcome=outcome, reason=reason, denied_by_card=denied)


def report(*cells: Cell, void: str | None = None) -> AttackReport:
    row = Row(
        id="E1",
        group="E",
        name="replay after logout",
        question="Is it still accepted?",
        sources=["OWASP ASVS 5.0 7.4.1"],
        control=None if void else cell("broken on purpose", AttackOutcome.SUCCEEDED),
        cells=list(cells),
        void=void,
    )
    return AttackReport(header=HEADER, schemes=[each.scheme for each in cells], cards={}, rows=[row])
