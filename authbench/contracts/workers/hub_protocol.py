"""What the front door and the hub's process say to each other: one JSON object a line.

The front door starts `python -m loadtests.distributed.hub HOST PORT COUNT KEYFILE`: COUNT workers may join
over Locust's messages. It passes orders of `generator_protocol` on to them as they are, and brings back what
their engines say. Nothing here imports gevent or locust, which patch the process.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from authbench.contracts.message import ErrorReply, Message

HUB_MODULE = "loadtests.distributed.hub"
WORKER_MODULE = "loadtests.distributed.worker"


class TellOrder(Message):
    """Pass a line on to a worker's engine."""

    op: Literal["tell"] = "tell"
    worker: str
    content: str


class EndOrder(Message):
    """Tell every worker that the run is over, and exit."""

    op: Literal["end"] = "end"


HubOrder = TellOrder | EndOrder


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


HubEvent = Listening | Joined | Said | Unwelcome | Lost
HUB_ORDERS: TypeAdapter[HubOrder] = TypeAdapter(Annotated[HubOrder, Field(discriminator="op")])
HUB_EVENTS: TypeAdapter[HubEvent | ErrorReply] = TypeAdapter(HubEvent | ErrorReply)
