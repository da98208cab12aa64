"""What the harness and an agent say to each other: one JSON object a line, over the agent's stdin and stdout.

`authbench agent` runs on the host of the application, of the store, or of both. Its first line is
`AgentReady`. Then every `Envelope` with an order is answered by an `Answer` of the same number; orders are
carried out at the same time, so answers may come in another order. The agent ends, and everything that it has
started with it, at the order to quit and at the end of its input.

    order                             answer; message.Reply where none is named
    StartServer                       the server is started; it is not ready yet
    ServerOrder  wait-until-ready     ServerFacts
                 cpu                  CpuTime: of all processes of the server
                 processors           Processors
                 save-sessions        a later server of the arm begins with the sessions as they are now
                 ask-to-stop, stop
    AskServer                         the line with which the server's measuring interface answered
    PinServer
    StartStore                        StoreFacts: it answers
    StoreOrder   check-store          there is a store server that could be started
                 save-store           a later store begins with what is in this one
                 store-processors     Processors
                 stop-store
    Observe                           OwnerFacts: found, and read in slices from now on
    AskOwner                          OwnerFacts
    ReadingsOrder  begin-readings     the telemetry was read for the first time
                   end-readings       Readings: the difference to now
    RoundTrip
    Quit                              none

An agent has one server for each arm, and one store, at a time.
"""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter

from authbench.contracts import measuring_protocol
from authbench.contracts.message import Message
from authbench.contracts.records import HostFacts, Machine
from authbench.contracts.target.whose_cpu import WhoseCpu


class ServerStart(Message):
    """A server of an arm, as it is to be started. Its files are laid out by the host that it runs on."""

    arm: str
    number: int = Field(ge=0, description="names the arm's files; no two arms of a run have the same")
    settings: dict[str, Any] = Field(description="of the server, without those that name files or addresses")
    address: str
    port: int = Field(ge=0, lt=65536, description="to listen on if it is free; 0: any")
    python: str | None = Field(
        default=None,
        description="interpreter of another environment there; None: its own",
    )


class TlsFiles(Message):
    """The content of a certificate's files, in PEM."""

    certificate: str
    key: str
    authority: str


class StartServer(Message):
    """Start the server of an arm."""

    op: Literal["start-server"] = "start-server"
    start: ServerStart
    tls: TlsFiles | None = None


class ServerOrder(Message):
    """An order to the server of an arm that needs no more words."""

    op: Literal["wait-until-ready", "cpu", "processors", "save-sessions", "ask-to-stop", "stop"]
    arm: str


class AskServer(Message):
    """Hand an order on to the measuring interface of an arm's server."""

    op: Literal["ask-server"] = "ask-server"
    arm: str
    order: Annotated[measuring_protocol.Order, Field(discriminator="op")]


class PinServer(Message):
    """Move all processes of an arm's server to these processors."""

    op: Literal["pin-server"] = "pin-server"
    arm: str
    cpus: list[int]


class StartStore(Message):
    """Start a store server, with what was saved."""

    op: Literal["start-store"] = "start-store"
    address: str


class StoreOrder(Message):
    """An order that concerns the store."""

    op: Literal["check-store", "save-store", "store-processors", "stop-store"]


class Observe(Message):
    """Find a server or a store that nobody started here, and read its CPU with the telemetry."""

    op: Literal["observe"] = "observe"
    arm: str | None = Field(description="whose server it is; None: the store of all arms")
    whose: WhoseCpu


class AskOwner(Message):
    """Read what was found for an arm, or for the store, outside of slices."""

    op: Literal["ask-owner"] = "ask-owner"
    arm: str | None


class ReadingsOrder(Message):
    """Read the telemetry of the host, and of the arm's server and the store as far as they run there."""

    op: Literal["begin-readings", "end-readings"]
    arm: str


class RoundTrip(Message):
    """Do nothing: how long the way takes is what is asked."""

    op: Literal["round-trip"] = "round-trip"


class Quit(Message):
    """The harness asks the agent to end."""

    op: Literal["quit"] = "quit"


AgentOrder = (
    StartServer
    | ServerOrder
    | AskServer
    | PinServer
    | StartStore
    | StoreOrder
    | Observe
    | AskOwner
    | ReadingsOrder
    | RoundTrip
    | Quit
)


class Envelope(Message):
    """An envelope carries an order and its number."""

    number: int = Field(ge=0)
    order: Annotated[AgentOrder, Field(discriminator="op")]


class AgentReady(Message):
    """The agent says first what host it is on."""

    ready: Literal[True] = True
    facts: HostFacts
    machine: Machine


class Answer(Message):
    """The answer to the order of this number: the line of a reply, or why the order failed."""

    number: int
    content: str = ""
    error: str = ""
    exit_code: int = 0


class ServerFacts(Message):
    """The agent says where a ready server is."""

    port: int
    pids: list[int]


class StoreFacts(Message):
    """A store server that answers."""

    url: str = Field(description="with its password")
    source: Literal["embedded", "path", "url"]


class CpuTime(Message):
    """CPU time that was used so far."""

    cpu_ns: int


class Processors(Message):
    """Numbers of processors; None: of no process of ours."""

    cpus: list[int] | None


class OwnerFacts(Message):
    """Processes that were found, as they are now. Those that are gone, or began anew, have no facts."""

    gone: bool
    cpu_ns: int = 0
    pids: tuple[int, ...] = ()
    processors: tuple[int, ...] = ()
    run_queue_wait_ns: int | None = None


class Readings(Message):
    """What was read, by field of `authbench.contracts.records.SliceRecord`."""

    told: dict[str, int | float | dict[int, int | float] | None]


ENVELOPES: TypeAdapter[Envelope] = TypeAdapter(Envelope)
