"""The guard against measuring the login by accident: the check before a run and rule V45 ask it."""

HASHING_US = 5_000.0
"""A login below this hashes no password that anybody should keep: parameters of RFC 9106 and OWASP take tens
of milliseconds. Nothing can be told from it, so the guard is silent."""
LOGIN_SHARE = 0.7
"""A login is a hash and little else. A request that costs this share of one does the same work once more."""


def looks_like_a_login(request_us: float, login_us: float) -> bool:
    """Whether a request to a protected resource is as dear as a login that hashes a password.

    Both in microseconds of the same kind: CPU time where it is read, else time until the reply.
    """
    return login_us >= HASHING_US and request_us >= LOGIN_SHARE * login_us
