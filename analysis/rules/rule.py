"""What a validity rule is. One new file in `analysis/rules/` is one new rule; nothing else knows its name."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import numpy.typing as npt

from analysis.validity.finding import Figures, Finding, Severity, slice_name
from analysis.validity.limits import Limit
from authbench.contracts.records import SliceRecord

if TYPE_CHECKING:  # it imports pandas, and a rule of two manifests reads no rows
    from analysis.data.run import RunData

Loop = Literal["open", "closed"]
Judged = Literal["slice", "run", "figure", "comparison", "plan", "drill", "runs"]
"""slice: while measuring. run: afterwards, on all of it. figure: one figure is refused. comparison: of two
arms. plan: of what is concluded for other rates. drill: of an injected failure. runs: of two runs."""
Findings = Iterator[Finding]
"""What a check yields: nothing where it has no objection."""


class Rule:
    """A validity rule: the lie that it is against, and the findings that it writes.

    The first paragraph of a rule's docstring begins with its code and says what it does: it is the rule's row
    in docs/definitions.md (`python -m analysis.rules.table`).
    """

    code: ClassVar[str]
    """Such as 'V01'. A rule that takes several together has all their codes: 'V06/V07/V10'."""
    lie: ClassVar[str]
    judged: ClassVar[Judged]
    limits: ClassVar[tuple[Limit, ...]] = ()
    """Its thresholds; every report prints them."""
    unit: ClassVar[str] = ""
    """Of a finding's number and limit, unless the finding has another."""
    advice: ClassVar[str] = ""
    """What the reader can do about a finding, unless the finding has other advice."""

    def finding(
        self,
        severity: Severity,
        about: str | SliceRecord,
        sentence: str,
        number: float | None = None,
        limit: float | Limit | None = None,
        *,
        unit: str | None = None,
        advice: str | None = None,
        refuses: Figures = "none",
        code: str | None = None,
    ) -> Finding:
        """A finding of this rule; `unit`, `advice` and `code` replace the rule's own."""
        own_unit = self.unit if unit is None else unit
        if isinstance(about, SliceRecord):
            about = slice_name(about.generation, about.cycle, about.arm, about.attempt)
        return Finding(
            rule=code or self.code,
            severity=severity,
            subject=about,
            number=number,
            limit=limit.value if isinstance(limit, Limit) else limit,
            unit="" if number is None else own_unit,
            sentence=sentence,
            next_action=self.advice if advice is None else advice,
            refuses=refuses,
        )


@dataclass(frozen=True)
class MeasuredSlice:
    """One slice, as the harness measured it."""

    record: SliceRecord
    samples: Mapping[str, npt.NDArray[np.int64]]
    """A column of numbers by name (`SAMPLE_COLUMNS`); one element for each request."""
    loop: Loop = "open"


class SliceRule(Rule, ABC):
    """A rule that judges each slice, at once while measuring and again when the run is read."""

    judged: ClassVar[Judged] = "slice"

    def check_integrity(self, measured: MeasuredSlice) -> Findings:  # noqa: ARG002 - rules use it
        """What voids a slice in every experiment, also where only correctness is asked."""
        return iter(())

    @abstractmethod
    def check_slice(self, measured: MeasuredSlice) -> Findings:
        """What else there is to say of a slice in which requests were due and answered."""


class RunRule(Rule, ABC):
    """A rule that judges a whole run, from its raw data."""

    judged: ClassVar[Judged] = "run"
    correctness: ClassVar[bool] = False
    """Whether it looks at correctness: such rules are asked, and told, before the others."""

    @abstractmethod
    def check_run(self, run: "RunData") -> Findings:
        """Everything that is wrong with the run."""
