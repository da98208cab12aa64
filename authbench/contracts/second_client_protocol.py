"""What the harness and the second client say to each other: one JSON object a line, over stdin and stdout.

    TargetOrder  -> message.Reply: the server was reached once
    WatchOrder   -> records.ProbeReading: once the last request has its answer

The second client shares no code with the load generator; these models are all that they have in common.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from authbench.contracts.message import Message


class Read(Message):
    """A read with one credential, and the one body that is right for it."""

    headers: dict[str, str]
    expect: str | None = Field(description="None: any body is right")
    path: str = "/me"
    status: int = 200


class TargetOrder(Message):
    """Connect to the server of an arm. An earlier connection of the same arm is closed first."""

    op: Literal["arm"] = "arm"
    arm: str
    host: str
    port: int = Field(gt=0, lt=65536)
    requests: list[Read] = Field(min_length=1, description="sent in turn, over and over")
    authority: Path | None = Field(
        default=None, description="PEM file of who signed the server's certificate; None: plain HTTP"
    )
    fresh: bool = Field(
        default=False, description="a connection of its own for each request, whose making its time includes"
    )
    opening: str = Field(default="/", description="the path that the connection asks for before it is used")


class WatchOrder(Message):
    """Send one request to an arm at each moment."""

    op: Literal["slice"] = "slice"
    arm: str
    at_ns: list[int] = Field(description="CLOCK_MONOTONIC")


Order = TargetOrder | WatchOrder
ORDERS: TypeAdapter[Order] = TypeAdapter(Annotated[Order, Field(discriminator="op")])
