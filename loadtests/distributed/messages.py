"""The body of a message between a hub and a worker: one Fernet token under the join key of the run.

Fernet (of cryptography: AES-128-CBC and HMAC-SHA256, github.com/fernet/spec) encrypts and authenticates.
Locust carries the token over any network, in clear. What is inside says which run, who speaks to whom, and a
number that is used once, so that no message counts twice or in another run.
"""

from typing import Final, Literal

from cryptography.fernet import Fernet, InvalidToken
from pydantic import Field, ValidationError

from authbench.contracts.failure import first_error
from authbench.contracts.message import Message

VERSION: Final = 1
"""Of envelopes, and of the orders and replies in them."""
TOKEN_BYTES_MAX = 512 * 1024
KIND = "authbench"
"""Locust's type of the messages that carry a token."""
BODY = "sealed"
"""Its key in the data of such a message."""

Kind = Literal["hello", "welcome", "turned-away", "line", "alive", "lost", "end", "acknowledgement"]
"""hello: a worker is there. welcome, turned-away: the hub's answer. line: an order, event or reply.
alive: the worker still is. lost: the worker's engine is not. end: the run is over. acknowledgement: nothing
else is to be said."""


class Envelope(Message):
    """What a token holds."""

    version: Literal[1] = VERSION
    run: str = Field(description="drawn by the hub; empty in a hello")
    sender: str = Field(min_length=1)
    to: str = Field(description="empty in a hello: whoever is the hub")
    serial: int = Field(ge=0, description="of this sender's tokens; never twice")
    kind: Kind
    number: int | None = Field(
        default=None, ge=0, description="of this sender's orders to this receiver; the same when sent again"
    )
    received: int = Field(default=0, ge=0, description="so many orders of the receiver have arrived here")
    content: str = ""


class Refused(Exception):
    """A message is not taken. One line: why."""


class Seal:
    """Closes and opens envelopes with one join key."""

    def __init__(self, key: bytes) -> None:
        """ValueError if it is no Fernet key."""
        self._fernet = Fernet(key)

    def close(self, envelope: Envelope) -> bytes:
        """The token. ValueError if it would be longer than a message may be."""
        token = self._fernet.encrypt(envelope.model_dump_json().encode())
        if len(token) > TOKEN_BYTES_MAX:
            raise ValueError(f"a message of {len(token)} bytes; at most {TOKEN_BYTES_MAX} are sent")
        return token

    def open(self, token: object) -> Envelope:
        """The envelope. Refused if it was not closed with this key and version, or is not whole."""
        if not isinstance(token, bytes) or len(token) > TOKEN_BYTES_MAX:
            raise Refused("it is no message of authbench")
        try:
            content = self._fernet.decrypt(token)
        except InvalidToken:
            raise Refused("it is not sealed with this join key, or was damaged on the way") from None
        try:
            return Envelope.model_validate_json(content)
        except ValidationError as error:
            place, what = first_error(error, "message")
            if place == "version":
                raise Refused(
                    f"it does not speak version {VERSION} of these messages: install the same authbench on "
                    "both hosts"
                ) from None
            raise Refused(f"it is no message of authbench: {place}: {what}") from None


def token_of(data: object) -> object:
    """What is in the place of a token in the data of a message, whoever sent it."""
    return data.get(BODY) if isinstance(data, dict) else None
