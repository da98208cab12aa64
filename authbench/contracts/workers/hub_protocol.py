"""What the front door and the hub's process say to each other: one JSON object a line.

The front door starts `python -m loadtests.distributed.hub HOST PORT COUNT KEYFILE`: COUNT workers may join
over Locust's messages. It passes orders of `generator_protocol` on to them as they are, and brings back what
their engines say. Nothing here imports gevent or locust, which patch the process.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from authbench.contracts.message import ErrorReply, Message

HUB_MODULE = "loadtests.distributed.hub"
WORKER_MODULE = "loadtests.distributed"


class TellOrder(Message):
    """Pass a line on to a worker's engine."""

    op: Literal["tell"] = "tell"
    worker: str
    content: str


class EndOrder(Message):
    """Tell every worker that the run is over, and exit."""

    op: Literal["end"] = "end"


class CountOrder(Message):
    """Tell what was counted of the messages to and from each worker: answered by Counted."""

    op: Literal["count"] = "count"


HubOrder = TellOrder | EndOrder | CountOrder


class Listening(Message):
    """First line of the hub; the port is what it was given, or the one that was free where that was 0."""

    event: Literal["listening"] = "listening"
    port: int


class Joined(Message):
    """A worker is part of the run from now on."""

    event: Literal["joined"] = "joined"
    worker: str


class Said(Message):
    """A line of a worker's engine."""

    event: Literal["said"] = "said"
    worker: str
    content: str


class Unwelcome(Message):
    """A message was refused. Told once for each sender and reason."""

    event: Literal["refused"] = "refused"
    sender: str = Field(description="as it called itself: anybody can call himself anything")
    reason: str


class Lost(Message):
    """A worker of the run is gone, and the run with it."""

    event: Literal["lost"] = "lost"
    worker: str
    reason: str


class Traffic(Message):
    """What one end counted of its messages with the other one, since they speak with each other."""

    sent: int = Field(description="messages to the other end, repeated and lost ones too")
    heard: int = Field(description="messages of the other end, each counted once")
    missing: int = Field(
        description="messages that the other end sent before the last one heard, and that did not arrive"
    )
    resent: int = Field(description="times that an order was sent again, because it was not acknowledged")


class WorkerTraffic(Message):
    """The messages between the hub and one worker, as both count them."""

    hub: Traffic
    worker: Traffic | None = Field(
        description="as the worker last told, at most a few seconds ago; None: it has not told yet"
    )


class Counted(Message):
    """Answers CountOrder, by worker."""

    event: Literal["counted"] = "counted"
    workers: dict[str, WorkerTraffic]


HubEvent = Listening | Joined | Said | Unwelcome | Lost | Counted
HUB_ORDERS: TypeAdapter[HubOrder] = TypeAdapter(Annotated[HubOrder, Field(discriminator="op")])
HUB_EVENTS: TypeAdapter[HubEvent | ErrorReply] = TypeAdapter(HubEvent | ErrorReply)
