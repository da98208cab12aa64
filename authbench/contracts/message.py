"""What the wire protocols have in common: one JSON object a line, checked by the side that receives it."""

import json
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from authbench.contracts.failure import first_error


class Message(BaseModel, frozen=True, extra="forbid", defer_build=True):
    """Frozen, and closed to keys it does not know."""

    def line(self) -> bytes:
        """The message as it is sent, line end included."""
        return self.model_dump_json().encode() + b"\n"


class Reply(Message):
    """An order was carried out."""

    ok: Literal[True] = True


class ErrorReply(Message):
    """Answers any order that failed."""

    error: str


class OrderError(Exception):
    """An order could not be carried out, or a line is no message. One line of text, without credentials."""


_M = TypeVar("_M", bound=BaseModel)
_Order = TypeVar("_Order")


def parse_json(text: str | bytes) -> Any:
    """What the JSON text says. ValueError where it is none, also where it nests deeper than can be read."""
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("brackets in brackets, more than can be read") from None


def read_order(line: str | bytes, orders: TypeAdapter[_Order]) -> _Order:
    """Read an order that somebody else sent. OrderError if it is none."""
    try:
        return orders.validate_json(line)
    except ValidationError as error:
        raise OrderError(f"not an order: {': '.join(first_error(error, 'line'))}") from None


def read_reply(line: str | bytes, expected: type[_M]) -> _M:
    """Read the answer to an order. OrderError if it tells of an error, or of something else."""
    try:
        return expected.model_validate_json(line)
    except ValidationError as error:
        try:
            told = ErrorReply.model_validate_json(line).error
        except ValidationError:
            told = f"not {expected.__name__}: {': '.join(first_error(error, 'line'))}"
        raise OrderError(told) from None
