"""What can go wrong with a request, as the schemes tell it. `answers.problems` says what a client sees."""


class Unauthenticated(Exception):
    """No identity: 401. `reason` goes to the client, so it never quotes what the client sent.

    `challenge` replaces the scheme's own WWW-Authenticate value where the reason belongs into it.
    """

    def __init__(self, reason: str, challenge: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.challenge = challenge


class Forbidden(Exception):
    """The request may not do this, whoever sent it: 403."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InsufficientScope(Exception):
    """The identity is proven and may not do this: 403, with the scheme's challenge where it has one.

    It lacks `scope`; or, if that is None, what it lacks is no scope but to be the user's own login.
    """

    def __init__(self, scope: str | None) -> None:
        super().__init__(scope)
        self.scope = scope


class InvalidGrant(Exception):
    """The refresh token is refused: 400 with the error code of RFC 6749 section 5.2."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidScope(Exception):
    """More was asked for than was granted (RFC 6749 section 5.2). Only the OAuth face is asked for one."""


class NotOffered(Exception):
    """The scheme has no such thing: 404."""


class StoreUnavailable(Exception):
    """The store did not answer in time, or answered with an error: 503, never an open door."""


class DatabaseUnavailable(Exception):
    """The database did not answer in time, or answered with an error: 503."""
