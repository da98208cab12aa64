"""What the page of a run plans with, as it stands in the page: JSON that the scripts read."""

from pydantic import Field

from authbench.contracts.records import Record


class Range(Record):
    """A measured input: its value, and the ends of the middle 95 % of its draws."""

    value: float
    low: float
    high: float


class Control(Record):
    """One input of the panel. Its key is that of the demand."""

    key: str
    label: str
    unit: str
    value: float | None = Field(description="at first; null: empty, and it may stay so")
    low: float | None = Field(default=None, description="left end of the slider; null: it has none")
    high: float | None = None
    least: float | None = Field(default=None, description="least plausible value; null: any above zero")
    most: float | None = None
    asked: str = Field(default="", description="the unit with an example")


class SchemeInputs(Record):
    """What one scheme costs, and what is refused of it whatever the demand."""

    arm: str
    store: str
    grows: bool
    refreshes: bool
    commands_per_request: float
    commands_per_refresh: float
    app_us: Range | None
    core_refused: str = Field(description="why its cores are refused at any rate; empty: they are not")
    cannot_grow: str = Field(description="why it is refused once one core is too small; empty: it grows")
    command_us: Range | None
    session_bytes: Range | None
    tested_sessions: int | None
    request_bytes: float | None
    reply_bytes: float | None
    window_s: float
    until_expiry: bool = Field(description="a revoked credential lives as long as a token")
    missing: dict[str, str] = Field(description="what the run does not tell, and why")


class Question(Record):
    """A break-even: what it asks, and what lies on either side."""

    name: str
    question: str
    unit: str
    formula: str
    meaning: str
    why_not: str = Field(description="why this run has no answer; empty: it has one")


class PairInputs(Record):
    """The session and the token that the run compares."""

    session: str
    token: str
    token_has_store: bool
    added_bytes: float = Field(description="what the token adds to a request")
    difference_ms: Range | None = Field(description="p50 of the session minus that of the token")
    measured_rtt_ms: float | None
    saved_us: Range | None = Field(description="CPU of the session minus that of the token, with the store's")
    saved_low_us: float | None = Field(description="its measured interval")
    saved_high_us: float | None
    differ: bool = Field(description="whether their CPU was shown to differ")
    session_by_entry: Range | None = Field(description="bytes of a session in entries of a deny list")
    questions: list[Question]


class Panel(Record):
    """Everything that the panel computes with."""

    controls: list[Control]
    settings: dict[str, float] = Field(description="the demand's other values, as a plan has them at first")
    schemes: list[SchemeInputs]
    pair: PairInputs | None
    store_tested_per_s: float | None
    extrapolation: float = Field(description="factor beyond what was measured from which a figure is refused")
    words: dict[str, str] = Field(description="sentences with places for figures, as Python formats them")
