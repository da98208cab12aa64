"""What the harness and the prober say to each other: one JSON object a line, over stdin and stdout.

    TargetOrder   -> message.Reply: the connections of the server before are closed
    ConnectOrder  -> Connected: one connection for each slot, and spare ones, each used once
    WatchOrder    -> Accepted, once every worker process has accepted the credential
    SalvoOrder    -> nothing: requests of their own, each at its moment
    EndOrder      -> Watched, once the credential is settled or the time is over

Replies about a watch come when they are due, in any order; all others in the order of their orders. Whoever
sends a ConnectOrder makes sure that one worker process alone accepts connections meanwhile.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from authbench.contracts.message import Message
from authbench.contracts.security.timeline import Probe

PROBER_MODULE = "loadtests.prober"


class TargetOrder(Message):
    """Turn to another server."""

    op: Literal["target"] = "target"
    host: str
    port: int = Field(gt=0, lt=65536)


class ConnectOrder(Message):
    """Open connections; they belong to the worker process that accepts them."""

    op: Literal["connect"] = "connect"
    worker: int = Field(ge=0, description="the next one: they are connected in order")
    slots: int = Field(gt=0, le=64, description="connections that probe one credential at a time each")
    spare: int = Field(ge=0, le=64, description="connections for salvos")


class WatchOrder(Message):
    """Probe one credential through every worker process until told to end."""

    op: Literal["watch"] = "watch"
    watch: int
    slot: int = Field(ge=0)
    path: str
    headers: dict[str, str]
    every_ns: int = Field(gt=0, description="between two probes through one worker process")


class SalvoOrder(Message):
    """Send further probes of a watched credential, over spare connections of the worker processes in turn.

    One that finds no idle connection at its moment is left out.
    """

    op: Literal["salvo"] = "salvo"
    watch: int
    at_ns: list[int] = Field(description="CLOCK_MONOTONIC")


class EndOrder(Message):
    """End a watch once every worker process has refused everything that was sent for `settled_ns`.

    Counted from `after_ns` on; at `until_ns` it ends in any case.
    """

    op: Literal["end"] = "end"
    watch: int
    after_ns: int
    settled_ns: int = Field(ge=0)
    until_ns: int


Order = TargetOrder | ConnectOrder | WatchOrder | SalvoOrder | EndOrder


class Connected(Message):
    """The local ports of the new connections."""

    connected: Literal[True] = True
    ports: list[int]


class Accepted(Message):
    """Every worker process has accepted the credential once. What was never accepted shows nothing later."""

    watch: int
    accepted: Literal[True] = True


class Watched(Message):
    """Every probe of one credential, by worker process, in the order of their replies."""

    watch: int
    watched_until_ns: int
    probes: list[list[Probe]]


WatchReply = Accepted | Watched
ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="op")])
WATCH_REPLIES: TypeAdapter[WatchReply] = TypeAdapter(WatchReply)
