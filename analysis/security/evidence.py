"""Find and read the reports of `authbench attack`, `revoke` and `drill` that belong together."""

from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from authbench.contracts.card import Card
from authbench.contracts.failure import Failure
from authbench.contracts.run_directory import plain_or_packed
from authbench.contracts.security.attack import AttackReport
from authbench.contracts.security.drill import DrillReport
from authbench.contracts.security.report import (
    FOLDER,
    Kind,
    SecurityHeader,
    SecurityReport,
    read_security_report,
    security_reports,
)
from authbench.contracts.security.revocation import RevocationReport

LATEST = "latest"
_COMMANDS = {Kind.ATTACK: "attack", Kind.REVOCATION: "revoke", Kind.DRILL: "drill"}
_Report = TypeVar("_Report", bound=SecurityReport)


@dataclass(frozen=True)
class Evidence:
    """What was measured of schemes' security. A report that nobody has made is None."""

    attack: AttackReport | None = None
    revocation: RevocationReport | None = None
    drills: tuple[DrillReport, ...] = ()
    """The newest last: a drill that was done twice counts as it came out the second time."""

    @property
    def headers(self) -> list[SecurityHeader]:
        """Who measured what, and when: of every report."""
        found = [self.attack, self.revocation, *self.drills]
        return [report.header for report in found if report is not None]

    @property
    def cards(self) -> dict[str, Card]:
        """The card of each scheme, as the attack report has it."""
        return dict(self.attack.cards) if self.attack else {}

    @property
    def schemes(self) -> list[str]:
        """Schemes in the order of the attack report, then those that only another report has."""
        names = list(self.attack.schemes) if self.attack else []
        names += [row.scheme for row in self.revocation.rows] if self.revocation else []
        names += [one.scheme for report in self.drills for drill in report.drills for one in drill.schemes]
        return list(dict.fromkeys(names))

    @property
    def void(self) -> list[str]:
        """What shows nothing, because a failure or a broken server was not found as it must be, in words."""
        found = [f"{row.id}: {row.void}" for row in self.attack.void] if self.attack else []
        if self.revocation:
            found += [f"{one.scheme}, {one.kind}: it was not {one.must}" for one in self.revocation.void]
        drills = {drill.drill: drill for report in self.drills for drill in report.drills}
        return found + [f"{drill.drill}: {reason}" for drill in drills.values() for reason in drill.not_shown]

    @property
    def denied(self) -> list[str]:
        """Where a scheme does something that its card denies, in words."""
        found = (
            [f"{cell.row}, {cell.scheme}: {cell.reason}" for cell in self.attack.denied]
            if self.attack
            else []
        )
        if self.revocation:
            found += [f"{row.scheme}, {row.kind}: {row.verdict}" for row in self.revocation.failed]
        drills = {drill.drill: drill for report in self.drills for drill in report.drills}
        return found + [
            f"{drill.drill}, {one.scheme}: not {one.promised}"
            for drill in drills.values()
            for one in drill.schemes
            if one.card_held is False
        ]


def find_evidence(
    results: Path, attack: str = LATEST, revocation: str = LATEST, drill: str = LATEST
) -> Evidence:
    """Read the named reports below the results folder, or the newest of each kind.

    A name is a run id, the path of a report or of its folder, or 'latest'. With 'latest' for drills, each
    drill counts as its newest report has it, since one command may run one drill. Failure in one line where
    a named report is missing, where any is damaged, or where there is none at all.
    """
    paths = {
        kind: _paths(results, kind, name)
        for kind, name in ((Kind.ATTACK, attack), (Kind.REVOCATION, revocation), (Kind.DRILL, drill))
    }
    if not any(paths.values()):
        raise Failure(
            f"{results / FOLDER}: no report of attacks, revocations or drills yet: authbench attack, "
            "authbench revoke and authbench drill write them"
        )
    return Evidence(
        attack=_newest(paths[Kind.ATTACK], AttackReport),
        revocation=_newest(paths[Kind.REVOCATION], RevocationReport),
        drills=tuple(read_security_report(path, DrillReport) for path in paths[Kind.DRILL]),
    )


def evidence_in(results: Path) -> Evidence | None:
    """The newest reports below the results folder; None where there are none. Failure for a damaged one."""
    if not any(security_reports(results, kind) for kind in _COMMANDS):
        return None
    return find_evidence(results)


def _newest(paths: list[Path], model: type[_Report]) -> _Report | None:
    return read_security_report(paths[-1], model) if paths else None


def _paths(results: Path, kind: Kind, name: str) -> list[Path]:
    if name == LATEST:
        return security_reports(results, kind)
    file = f"{kind}.json"
    for plain in (Path(name), Path(name) / file, results / FOLDER / name / file):
        path = plain_or_packed(plain)
        if path.is_file() and path.name in (file, f"{file}.gz"):
            return [path]
    raise Failure(
        f"no {kind} report {name!r} under {results / FOLDER}: give the run id that authbench "
        f"{_COMMANDS[kind]} printed, the path of its {file}, or 'latest'"
    )
