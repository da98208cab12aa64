"""Hide what is secret in URLs before a text is printed or recorded: the user information (RFC 3986 section
3.2.1), and parameters of the query, where redis-py and SQLAlchemy read passwords too.
"""

import re

MASK = "***"
_USERINFO = re.compile(r"(?<=://)[^\s'\"<>]*@")
"""Up to the last @: a password that was not percent-encoded may have any of /, ?, # and @ in it."""
_NAMED = re.compile(
    r"(?<=[?&;])([^=&;\s'\"]*(?:pass|pwd|secret|token|key|cred|auth)[^=&;\s'\"]*)=([^&;\s'\"]*)",
    re.IGNORECASE,
)
"""A query parameter whose name says that its value is secret."""


def masked(text: str) -> str:
    """The text with *** for the user information of each URL, and for each secret parameter of a query.

    The user's name is kept where a password follows it: it tells which account was meant.
    """
    return _NAMED.sub(rf"\1={MASK}", _USERINFO.sub(_masked_userinfo, text))


def _masked_userinfo(found: "re.Match[str]") -> str:
    name, colon, _ = found[0].partition(":")
    return f"{name}:{MASK}@" if colon else f"{MASK}@"


def has_secret(text: str) -> bool:
    """Whether `masked` would change the text."""
    return masked(text) != text
