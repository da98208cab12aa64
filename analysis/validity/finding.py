"""A finding: the objection or remark of a validity rule. `analysis.report.findings` puts it into words."""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Record

Severity = Literal["void-slice", "void-run", "refuse-figure", "mark", "tag"]
"""void-slice: the slice is not used. void-run: no figure of the run is used. refuse-figure: figures are shown
with a mark, and nothing is concluded from them. mark: figures are shown with a mark, and their comparison
stands. tag: the report tells it, and it decides nothing."""

Figures = Literal["none", "response", "latency", "cost", "throughput", "store", "all"]
"""response: response times. latency: these and service times. cost: CPU per request. throughput: requests/s
of saturated slices. store: what the store is asked, and its memory."""


class Finding(Record):
    """One rule's objection (or remark), with the number it looked at and what to do about it."""

    rule: str = Field(description="the rule's code, e.g. 'V01'")
    severity: Severity
    subject: str = Field(description="what it is about: a slice, an arm, or the run")
    number: float | None = Field(
        default=None, description="what was measured; null where nothing is a number"
    )
    limit: float | None = Field(default=None, description="what it was held against, in the same unit")
    unit: str = Field(default="", description="of number and limit")
    sentence: str = Field(description="what happened, in one sentence")
    next_action: str = Field(description="what the reader can do about it; empty: nothing needs doing")
    refuses: Figures = Field(default="none", description="which figures of the subject are refused or marked")

    @property
    def reason(self) -> str:
        """The finding in words, where it is the reason for something."""
        return f"{self.rule}: {self.subject}: {self.sentence}"

    @property
    def loud(self) -> bool:
        """Whether a report shows the finding first: it refuses figures, or reports what averages hide."""
        return self.severity in ("void-run", "refuse-figure") or self.rule in ("STALL", "V22")

    def as_remark(self) -> "Finding":
        """The same finding as a tag, for experiments in which it decides nothing."""
        return self.model_copy(update={"severity": "tag", "refuses": "none"})


def slice_name(generation: int, cycle: int, arm: str, attempt: int = 0) -> str:
    """The words by which a finding names a slice."""
    again = f", attempt {attempt + 1}" if attempt else ""
    return f"{arm} in generation {generation}, cycle {cycle}{again}"
