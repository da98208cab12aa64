"""What a plan says, as `authbench plan --json` prints it: each figure with interval, formula and inputs."""

from typing import Literal

from pydantic import Field

from authbench.contracts.records import Record


class Input(Record):
    """One number that a formula uses."""

    name: str
    value: float
    low: float | None = Field(
        default=None, description="null: it was given or counted, so it has no interval"
    )
    high: float | None = None
    unit: str
    source: str = Field(description="the demand, or the run and what of it")


class Quantity(Record):
    """A planned figure with its 95 % interval."""

    name: str
    label: str
    unit: str
    value: float | None = Field(description="null: there is no finite one")
    low: float | None
    high: float | None
    formula: str
    inputs: list[Input]
    refused: str = Field(
        default="", description="why it may not be used, as it lies beyond what was measured; empty: it may"
    )


class Requirement(Record):
    """One of the demand's requirements, and whether a scheme meets it."""

    what: str
    meets: Literal["meets", "does not meet", "open"]
    because: str


class SchemePlan(Record):
    """What one scheme needs at one rate."""

    arm: str
    scheme: str
    quantities: list[Quantity]
    missing: dict[str, str] = Field(description="what could not be planned: name, and why in one sentence")
    requirements: list[Requirement]
    notes: list[str]

    def of(self, name: str) -> Quantity | None:
        """The quantity of that name; None: it is missing."""
        return next((one for one in self.quantities if one.name == name), None)


class Scenario(Record):
    """All schemes at a multiple of the planned peak."""

    factor: float
    planned_rps: float
    schemes: list[SchemePlan]


class CoreRule(Record):
    """What one core of the measured CPU carries of one operation behind one scheme."""

    arm: str
    operation: str
    carries_rps: Quantity | None = Field(description="null: not measured")
    busy_share: float | None = Field(description="how busy the core was when the cost was measured")
    tested_to_rps: float | None = Field(description="highest rate that one core was measured at")
    why_not: str = Field(default="", description="why there is no figure; empty: there is one")


class BreakEven(Record):
    """The value of one input at which two schemes are equal, and how far the demand is from it."""

    name: str
    between: str = Field(description="the session and the token: 'session-redis / jwt-hs256'")
    question: str
    at: Quantity | None = Field(description="null: it cannot be said, or there is none")
    own: Input | None = Field(description="the demand's own value; null: not in the demand")
    distance: float | None = Field(description="the break-even by the demand's own value")
    sentence: str


class HeldOut(Record):
    """A prediction for something that its fit never saw, beside what was measured."""

    arm: str
    what: str
    unit: str
    fitted_on: str
    predicted_for: str
    predicted: float
    low: float
    high: float
    measured: float
    inside: bool


class SlopeCheck(Record):
    """The planned requests/s of a core beside what the line through all rates gives."""

    arm: str
    planned_rps: float
    by_slope_rps: float
    differs: float = Field(description="by_slope_rps / planned_rps - 1")
    straight: bool | None


class Plan(Record):
    """A capacity plan. Every figure rests on the run that is named."""

    schema_version: Literal[1] = 1
    run_id: str
    demand: dict[str, object]
    sentence: str = Field(description="what decides, in words")
    method: str
    scenarios: list[Scenario] = Field(description="at the planned peak, and at multiples of it")
    core_rules: list[CoreRule]
    break_evens: list[BreakEven]
    slope_checks: list[SlopeCheck] = Field(description="a check; nothing is planned with it")
    held_out: list[HeldOut] = Field(description="each rate of the run predicted from its other rates")
    warnings: list[str] = Field(description="what may not be used, and why")
    gaps: list[str] = Field(description="what could not be planned, and why")
    assumptions: list[str]
    not_measured: list[str]
