"""What the front door and the generator's process say to each other: one JSON object a line.

The front door starts `python -m loadtests.generator` and writes orders to its stdin; replies come from its
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

An engine on another host has a clock and files of its own. It is asked for its clock (`clock`), gets the
files that orders name in parts (`put`), and gives its rows in parts (`fetch`): both are held in memory, under
a name that is no absolute path. All such engines begin a slice together: each lays it out first (`hold`, then
`prepared`), and gets the time of the start by its own clock (`go`, which is answered as a slice is).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from authbench.contracts.card import Operation
from authbench.contracts.failure import first_error
from authbench.contracts.message import Message, OrderError, Reply
from authbench.contracts.records import HostFacts, LoadCounts

ENGINE_MODULE = "loadtests.generator"
CONNECTIONS = 64
"""Connections the generator keeps open to each arm."""


class PlannedRequest(Message):
    """One request of the requests file, which is a JSON object: operation -> list of them.

    Method, path and the status of acceptance are the operation's, unless given.
    """

    headers: dict[str, str] = Field(
        description="the credential's; sent as they are, empty where none is needed"
    )
    content: str | None = Field(default=None, description="the body to send: JSON text; None: none")
    expect: str | None = Field(default=None, description="the one body that is right; None: any")
    path: str | None = Field(default=None, description="of a service that is not ours; None: the operation's")
    status: int | None = Field(default=None, description="of its acceptance there; None: the operation's")


class ArmOrder(Message):
    """Read an arm's requests and open its connections. An earlier arm of the same name is forgotten first.

    Requests that the generator has laid out for an arm of this name before need not be sent again, where the
    address is the same: `kept` names their operations. OrderError where it has none of them.
    """

    op: Literal["arm"] = "arm"
    arm: str
    host: str
    port: int = Field(gt=0, lt=65536)
    connections: int = Field(default=CONNECTIONS, gt=0, le=10_000)
    requests: Path | None = Field(
        default=None,
        description="JSON file: operation -> list of PlannedRequest; None: only kept ones. Relative: a file "
        "that was put before",
    )
    kept: tuple[Operation, ...] = Field(
        default=(), description="operations whose requests are those of an earlier order for this arm"
    )
    authority: Path | None = Field(
        default=None,
        description="PEM file of who signed the server's certificate; None: plain HTTP. Relative: as above",
    )
    fresh: bool = Field(
        default=False, description="a connection of its own for each request; none is opened before a slice"
    )
    opening: str = Field(default="/", description="the path that every connection asks for before it is used")

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.requests is None and not self.kept:
            raise ValueError("an arm needs requests: a file, or some that are kept")
        used_up = [operation for operation in self.kept if operation.uses_up_credential]
        if used_up:
            raise ValueError(f"requests of {used_up[0]} use up their credentials, and cannot be kept")
        return self


class SliceLoad(Message):
    """What one slice offers an arm: the same for one generator or several."""

    arm: str
    rate_rps: float | None = Field(
        default=None, gt=0, description="of users' requests, open loop; a closed loop has none and ignores it"
    )
    duration_s: float = Field(gt=0, le=3600)
    seed: int = Field(ge=0)
    operations: dict[Operation, Annotated[float, Field(gt=0, le=1)]] = Field(
        min_length=1, description="shares of the users' requests; they add up to 1"
    )
    housekeeping: dict[Operation, Annotated[float, Field(gt=0, le=1)]] = Field(
        default={}, description="on top: requests per user's request"
    )
    draw: Literal["uniform", "zipf"] = "uniform"
    zipf_exponent: float = Field(default=1.0, gt=0, le=5)
    loop: Literal["open", "closed"] = "open"
    closed_connections: int = Field(default=16, gt=0, le=10_000, description="busy ones of a closed loop")

    @model_validator(mode="after")
    def _whole(self) -> Self:
        total = sum(self.operations.values())
        if abs(total - 1) > 1e-9:
            raise ValueError(f"the shares of operations add up to {total:g}, not to 1")
        if self.operations.keys() & self.housekeeping.keys():
            raise ValueError("an operation is both the users' and housekeeping")
        if self.loop == "open" and self.rate_rps is None:
            raise ValueError("an open loop needs rate_rps")
        return self


class SliceOrder(SliceLoad):
    """Measure one slice.

    Requests whose operation uses up its credential are taken one after another, across the slices of an arm.
    When they cannot last for an open loop the order fails before `armed`; a closed loop fails when none is
    left.
    """

    op: Literal["slice"] = "slice"
    start_in_ns: int = Field(default=20_000_000, ge=0, description="from `armed` to the start of the slice")
    start_at_ns: int | None = Field(
        default=None,
        gt=0,
        description="start at this monotonic time instead: the same for several engines. The order fails "
        "where it is past before everything is laid out",
    )
    hold: bool = Field(default=False, description="lay out, say `prepared`, and begin at the order `go`")
    rows: Path = Field(
        description="where to write the rows; ends in .npz. Relative: hold them until they are fetched"
    )
    in_flight_cap: int = Field(default=1024, gt=0, description="of an open loop")
    drain_s: float = Field(default=5.0, gt=0)


class GoOrder(Message):
    """Begin the slice that is held, at a monotonic time of this engine.

    Where that is past, because the order was late, the slice begins at once: `armed` says when.
    """

    op: Literal["go"] = "go"
    start_at_ns: int = Field(gt=0)


class ClockOrder(Message):
    """Tell the time: answered by ClockReply, at once where the engine has nothing else to do."""

    op: Literal["clock"] = "clock"


class FilePart(Message, ser_json_bytes="base64", val_json_bytes="base64"):
    """A part of a file. All parts but the last have the same length; `sha256` is of the whole file."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")
    number: int = Field(ge=0)
    of: int = Field(gt=0, le=65_536)
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    content: bytes


class PutOrder(Message, ser_json_bytes="base64", val_json_bytes="base64"):
    """Hold a part of a file, until an order names the whole. OrderError if it is not the next part."""

    op: Literal["put"] = "put"
    part: FilePart


class FetchOrder(Message):
    """Give a part of a file that is held: answered by FilePart. After the last part the file is gone."""

    op: Literal["fetch"] = "fetch"
    name: str
    number: int = Field(ge=0)


class ForgetOrder(Message):
    """Close an arm's connections. Its requests are kept: an order of its name may ask for them again."""

    op: Literal["forget"] = "forget"
    arm: str


class QuitOrder(Message):
    """Exit at once, without a reply."""

    op: Literal["quit"] = "quit"


Order = ArmOrder | SliceOrder | GoOrder | ClockOrder | PutOrder | FetchOrder | ForgetOrder | QuitOrder


class Ready(Message):
    """First line of the engine."""

    ready: Literal[True] = True
    pid: int
    versions: dict[str, str] = Field(description="of locust, gevent and python")
    host: HostFacts | None = Field(
        default=None, description="None: said by an authbench before there was one"
    )


class Prepared(Message):
    """The slice that is held is laid out."""

    event: Literal["prepared"] = "prepared"


class Armed(Message):
    """The slice is laid out and nothing remains to be done before its start."""

    event: Literal["armed"] = "armed"
    start_ns: int


class Drained(Message):
    """The last request of the slice has its outcome."""

    event: Literal["drained"] = "drained"
    drained_ns: int


class ClockReply(Message):
    """The engine tells its clock: the answer to ClockOrder."""

    now_ns: int


class ArmReply(Reply):
    """Answers ArmOrder."""

    requests: int = Field(description="laid out, of all operations")
    request_bytes_median: float = Field(description="of `read` requests, or of the file's first operation")
    connections: int


class SliceReply(LoadCounts, Reply):
    """Answers SliceOrder."""

    started_ns: int
    drained_ns: int
    outcomes: dict[str, int] = Field(description="rows by name of records.Outcome, none of 0")


ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="op")])
_SOME = Field(min_length=1)
_REQUESTS = TypeAdapter(Annotated[dict[Operation, Annotated[list[PlannedRequest], _SOME]], _SOME])


def read_requests(path: Path) -> dict[Operation, list[PlannedRequest]]:
    """Read a requests file. OrderError if it cannot be read, is damaged or an operation has none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise OrderError(f"{path}: cannot be read: {error.strerror}") from None
    return parse_requests(content, path)


def parse_requests(content: bytes, path: Path) -> dict[Operation, list[PlannedRequest]]:
    """Read the content of a requests file. OrderError as of `read_requests`."""
    try:
        return _REQUESTS.validate_json(content)
    except ValidationError as error:
        raise OrderError(f"{path}: damaged at {': '.join(first_error(error, 'file'))}") from None


def write_requests(path: Path, requests: Mapping[Operation, Sequence[PlannedRequest]]) -> None:
    """Write a requests file that only this user may read; the caller removes it after arming."""
    path.touch(mode=0o600)
    path.write_bytes(_REQUESTS.dump_json({operation: list(each) for operation, each in requests.items()}))
