"""Why a request is refused, whoever raises it. `servers.answers.problems` says what a client sees."""

import math
from typing import ClassVar


class Refused(Exception):
    """A refusal with `status`. Its reason goes to the client, so it never quotes what the client sent."""

    status: ClassVar[int]

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Unauthenticated(Refused):
    """The request proves no identity: 401.

    `challenge` replaces the scheme's own WWW-Authenticate value where the reason belongs into it.
    """

    status = 401

    def __init__(self, reason: str, challenge: str | None = None) -> None:
        super().__init__(reason)
        self.challenge = challenge


class Forbidden(Refused):
    """The request is not allowed, whoever sent it: 403."""

    status = 403


class InvalidGrant(Refused):
    """The refresh token is refused: 400 with the error code of RFC 6749 section 5.2."""

    status = 400


class InsufficientScope(Exception):
    """The identity is proven and lacks `scope`: 403, with the scheme's challenge where it has one.

    `scope` is None where no scope would help: only the user's own login may do this, no OAuth client.
    """

    def __init__(self, scope: str | None) -> None:
        super().__init__(scope)
        self.scope = scope


class InvalidScope(Exception):
    """An OAuth client asks for more scope than it was granted (RFC 6749 section 5.2)."""


class NotOffered(Exception):
    """The configured scheme does not have this endpoint: 404."""


class TooManyAttempts(Exception):
    """A password is being guessed: 429."""

    def __init__(self, retry_after_s: float) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s

    @property
    def retry_after(self) -> str:
        """The Retry-After header: whole seconds (RFC 9110 section 10.2.3), rounded up."""
        return str(math.ceil(self.retry_after_s))


class PasswordsBusy(Exception):
    """Too many logins wait for their password to be hashed: 503."""


class StoreUnavailable(Exception):
    """The store did not answer in time, or answered with an error: 503. No request is let in without it."""


class DatabaseUnavailable(Exception):
    """The database did not answer in time, or answered with an error: 503."""
