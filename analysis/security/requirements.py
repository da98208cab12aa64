"""The requirements that a server with logins should meet, and what was measured of each."""

import functools
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from pydantic import BaseModel, Field

from analysis.security.kinds import SchemeKind, by_kind
from analysis.security.outcomes import outcome_words
from authbench.contracts.security.attack import AttackReport, Row

_FILE = "requirements.toml"
VOID = "void"
NOT_TRIED = "not tried"


class Requirement(BaseModel, frozen=True, extra="forbid"):
    """One requirement, in our words."""

    words: str
    sources: list[str] = Field(min_length=1, description="public ones, with their sections")
    rows: list[str] = Field(default=[], description="attacks whose outcome shows it")
    by: str = Field(default="", description="another command that shows it")
    not_probed: str = Field(default="", description="why nothing shows it")
    note: str = Field(default="", description="what a reader must know: where sources disagree, or a limit")


class RequirementGroup(BaseModel, frozen=True, extra="forbid"):
    """Requirements of one subject."""

    title: str
    requirement: list[Requirement]


class _File(BaseModel, frozen=True, extra="forbid"):
    group: list[RequirementGroup]


@dataclass(frozen=True)
class CheckedRequirement:
    """A requirement with what was measured of it."""

    requirement: Requirement
    outcomes: dict[SchemeKind, dict[str, str]]
    """By kind, then by attack: 'resisted', 'SUCCEEDED on 2 of 5', 'not run', 'void', 'not tried'."""


@functools.cache
def requirements() -> list[RequirementGroup]:
    """Every requirement, by subject, as `requirements.toml` has them."""
    text = files("analysis.security").joinpath(_FILE).read_text("utf-8")
    return _File.model_validate(tomllib.loads(text)).group


def check_requirements(report: AttackReport) -> dict[str, list[CheckedRequirement]]:
    """Put the outcome of each attack, for each kind of scheme, beside the requirement that it shows."""
    rows = {row.id: row for row in report.rows}
    kinds = by_kind(report.cards, report.schemes)
    return {
        group.title: [CheckedRequirement(one, _outcomes(one, rows, kinds)) for one in group.requirement]
        for group in requirements()
    }


def _outcomes(
    requirement: Requirement, rows: Mapping[str, Row], kinds: Mapping[SchemeKind, list[str]]
) -> dict[SchemeKind, dict[str, str]]:
    return {
        kind: {identifier: _outcome(rows.get(identifier), schemes) for identifier in requirement.rows}
        for kind, schemes in kinds.items()
    }


def _outcome(row: Row | None, schemes: list[str]) -> str:
    if row is None:
        return NOT_TRIED
    if row.void is not None:
        return VOID
    return outcome_words(cell for cell in row.cells if cell.scheme in schemes)


def rows_by_source(report: AttackReport) -> dict[str, list[Row]]:
    """Every source that an attack names, sorted, and the attacks that name it."""
    found: dict[str, list[Row]] = {}
    for row in report.rows:
        for source in row.sources:
            found.setdefault(source, []).append(row)
    return dict(sorted(found.items()))
