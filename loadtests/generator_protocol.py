"""What the front door and the generator's process say to each other: one JSON object a line.

The front door starts `python -m loadtests.engine` and writes orders to its stdin; replies come from its
stdout, in the order of the orders. Nothing here imports gevent or locust, which patch the process.

    engine                                  front door
    {"ready": true, ...}              ->
                                      <-    {"op": "arm", ...}
    {"ok": true, "requests": ...}     ->
                                      <-    {"op": "slice", ...}
    {"event": "armed", ...}           ->    reads the CPU clocks at start_ns
    {"event": "drained", ...}         ->    reads them again
    {"ok": true, "scheduled": ...}    ->    the rows are on disk
                                      <-    {"op": "quit"}, or EOF: the engine exits at once

An order that fails is answered with {"error": "one line"}, also between `armed` and `drained`; the engine
goes on. Times are nanoseconds of CLOCK_MONOTONIC, which all processes of a host share.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

ENGINE_MODULE = "loadtests.engine"


class GeneratorError(Exception):
    """The generator could not carry an order out, or said what nobody understands. One line."""


class Message(BaseModel):
    """Frozen, and closed to keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Credential(Message):
    """One entry of the credentials file, which is a JSON list of them."""

    headers: dict[str, str] = Field(description="sent as they are; empty for an arm that needs none")
    body: str = Field(description="the body of the one reply that is right for this credential")


class ArmOrder(Message):
    """Lay out an arm's requests and open its connections. An arm of the same name is forgotten first."""

    op: Literal["arm"] = "arm"
    arm: str
    host: str
    port: int = Field(gt=0, lt=65536)
    method: Literal["GET"] = "GET"
    path: str = Field(pattern=r"^/[!-~]*$")
    credentials: Path = Field(description="JSON file: a list of Credential")
    connections: int = Field(gt=0, le=10_000)


class SliceOrder(Message):
    """Measure one slice, open loop."""

    op: Literal["slice"] = "slice"
    arm: str
    rate_rps: float = Field(gt=0)
    duration_s: float = Field(gt=0, le=3600)
    seed: int = Field(ge=0)
    start_in_ns: int = Field(default=20_000_000, ge=0, description="from `armed` to the start of the slice")
    rows: Path = Field(description="where to write the rows; ends in .npz")
    in_flight_cap: int = Field(default=1024, gt=0)
    drain_s: float = Field(default=5.0, gt=0)


class ClosedLoopOrder(Message):
    """Keep some connections busy for a while, to warm up or to find the rate an arm can take."""

    op: Literal["closed-loop"] = "closed-loop"
    arm: str
    duration_s: float = Field(gt=0, le=3600)
    connections: int = Field(default=16, gt=0, le=10_000)
    seed: int = Field(ge=0)


class ForgetOrder(Message):
    """Close an arm's connections."""

    op: Literal["forget"] = "forget"
    arm: str


class QuitOrder(Message):
    """Exit at once, without a reply."""

    op: Literal["quit"] = "quit"


Order = ArmOrder | SliceOrder | ClosedLoopOrder | ForgetOrder | QuitOrder


class Ready(Message):
    """First line of the engine."""

    ready: Literal[True] = True
    pid: int
    versions: dict[str, str] = Field(description="of locust, gevent and python")


class Armed(Message):
    """The slice is laid out and nothing remains to be done before its start."""

    event: Literal["armed"] = "armed"
    start_ns: int


class Drained(Message):
    """The last request of the slice has its outcome."""

    event: Literal["drained"] = "drained"
    drained_ns: int


class Reply(Message):
    """An order was carried out."""

    ok: Literal[True] = True


class ArmReply(Reply):
    """Answers ArmOrder."""

    requests: int = Field(description="credentials read, each with its request laid out")
    request_bytes_median: float
    connections: int


class SliceReply(Reply):
    """Answers SliceOrder. The names are those of `authbench.records.SliceRecord`."""

    started_ns: int
    drained_ns: int
    scheduled: int
    sent: int
    completed: int = Field(description="a reply was read, whatever it said")
    accepted: int
    unsent: int
    in_flight_max: int
    in_flight_cap: int
    distinct_credentials: int
    connections_opened: int
    idle_closed: int
    longest_silence_ns: int
    outcomes: dict[str, int] = Field(description="rows by name of authbench.records.Outcome, none of 0")
    generator_cpu_ns: int = Field(description="CPU time of the engine from started_ns to drained_ns")


class ClosedLoopReply(Reply):
    """Answers ClosedLoopOrder."""

    completed: int = Field(description="replies read within the duration")
    accepted: int
    failed: int = Field(description="requests without a reply; each ends its connection's lane")
    elapsed_s: float


class ForgetReply(Reply):
    """Answers ForgetOrder."""


class ErrorReply(Message):
    """Answers any order that failed."""

    error: str


_ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="op")])
_CREDENTIALS = TypeAdapter(list[Credential])
_M = TypeVar("_M", bound=Message)


def _complaint(error: ValidationError) -> str:
    """Where and what, without the value: it may be a credential."""
    first = error.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in first['loc']) or 'line'}: {first['msg']}"


def parse_order(line: str | bytes) -> Order:
    """Read one line of the engine's stdin. GeneratorError if it is no order."""
    try:
        return _ORDERS.validate_json(line)
    except ValidationError as error:
        raise GeneratorError(f"not an order: {_complaint(error)}") from None


def parse_reply(line: str | bytes, expected: type[_M]) -> _M:
    """Read one line of the engine's stdout. GeneratorError if it tells of an error, or of something else."""
    try:
        return expected.model_validate_json(line)
    except ValidationError as error:
        try:
            told = ErrorReply.model_validate_json(line).error
        except ValidationError:
            told = f"not {expected.__name__}: {_complaint(error)}"
        raise GeneratorError(told) from None


def read_credentials(path: Path) -> list[Credential]:
    """Read a credentials file. GeneratorError if it cannot be read, is empty or damaged."""
    try:
        credentials = _CREDENTIALS.validate_json(path.read_bytes())
    except OSError as error:
        raise GeneratorError(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        raise GeneratorError(f"{path}: damaged at {_complaint(error)}") from None
    if not credentials:
        raise GeneratorError(f"{path}: no credentials in it")
    return credentials


def write_credentials(path: Path, credentials: Sequence[Credential]) -> None:
    """Write a credentials file that only this user may read; the caller removes it after arming."""
    path.touch(mode=0o600)
    path.write_bytes(_CREDENTIALS.dump_json(list(credentials)))
