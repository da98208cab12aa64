"""A finding: what a validity rule has to say, as a value. `analysis.report.sentences` renders it."""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Record

Severity = Literal["void-slice", "void-run", "refuse-figure", "tag"]
"""void-slice: that slice is not used. void-run: nothing of the run is. refuse-figure: some figures are not
given. tag: told to the reader, decides nothing."""

Figures = Literal["none", "response", "latency", "all"]
"""response: response times. latency: these and service times."""


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
    refuses: Figures = Field(default="none", description="which figures of the subject are refused")

    @property
    def loud(self) -> bool:
        """Whether a reader must not miss it: it takes figures, or tells what averages would hide."""
        return self.severity in ("void-run", "refuse-figure") or self.rule in ("STALL", "V22")

    def as_remark(self) -> "Finding":
        """The same finding where it decides nothing."""
        return self.model_copy(update={"severity": "tag", "refuses": "none"})


def slice_name(generation: int, cycle: int, arm: str, attempt: int = 0) -> str:
    """How a finding names a slice."""
    again = f", attempt {attempt + 1}" if attempt else ""
    return f"{arm} in generation {generation}, cycle {cycle}{again}"
