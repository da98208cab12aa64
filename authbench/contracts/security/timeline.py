"""What was seen of one credential around the moment it was revoked: probes of it, by worker process.

All times are nanoseconds of one host's CLOCK_MONOTONIC.
"""

from enum import StrEnum
from typing import NamedTuple, Self

from pydantic import BaseModel, Field, model_validator


class Revocation(StrEnum):
    """Ways in which a credential, or what it may do, ends before its time."""

    LOGOUT = "logout"
    LOGOUT_EVERYWHERE = "logout-everywhere"
    """Called by one login, probed with another one of the same user."""
    PASSWORD_CHANGE = "password-change"  # noqa: S105 - a name
    """Called by one login, probed with another one of the same user."""
    ROLE_DOWNGRADE = "role-downgrade"
    """Probed with a request that needs the role which is taken away."""
    ACCOUNT_DISABLED = "account-disabled"
    KEY_ROTATION = "key-rotation"
    """The keys have leaked: fresh ones are added, and all that were there are removed at once."""


class Verdict(StrEnum):
    """What the server made of one probe."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    """401 or 403."""
    UNKNOWN = "unknown"
    """No reply, or one that says neither, such as 503: the credential may have been good or not."""


class Probe(NamedTuple):
    """One request with the credential."""

    sent_ns: int
    """Taken just before the request was handed to the kernel."""
    done_ns: int
    """When its reply was whole, or was given up."""
    verdict: Verdict
    renewal: int = 0
    """How often the credential had been renewed by replies when it was presented: of two that differ in this,
    one says nothing of the other."""


class RevokedCredential(BaseModel, frozen=True, extra="forbid"):
    """One revocation, and every probe of the credential before, while and after."""

    kind: Revocation
    issued_ns: int = Field(description="when the reply of the login arrived")
    called_ns: int = Field(description="when the call that revokes was sent")
    returned_ns: int = Field(description="when that call returned: from here the window counts")
    watched_until_ns: int = Field(description="when probing ended")
    probes: list[list[Probe]] = Field(min_length=1, description="by worker process")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.called_ns > self.returned_ns:
            raise ValueError("the call returned before it was sent")
        return self
