"""Headers of answers that tell a browser what it must not do with them: which are missing."""

import re

from loadtests.clients.blocking_client import Reply

_YEAR_S = 365 * 86400
"""The least that ASVS 5.0 accepts (3.4.1)."""
_HSTS, _NOSNIFF = "strict-transport-security", "x-content-type-options"
_POLICY, _FRAMES, _REFERRER = "content-security-policy", "x-frame-options", "referrer-policy"
HEADERS = (_HSTS, _NOSNIFF, _POLICY, _FRAMES, _REFERRER)


def is_page(reply: Reply) -> bool:
    """Whether a browser shows it as a page."""
    return (reply.header("content-type") or "").lower().startswith(("text/html", "application/xhtml"))


def missing_everywhere(reply: Reply) -> list[str]:
    """What every answer over HTTPS must have, and this one has not."""
    missing = []
    age = re.search(r"max-age=\"?(\d+)", (reply.header(_HSTS) or "").lower())
    if age is None or int(age[1]) < _YEAR_S:
        missing.append("HSTS of a year")
    if (reply.header(_NOSNIFF) or "").lower() != "nosniff":
        missing.append("nosniff")
    return missing


def missing_in_page(reply: Reply) -> list[str]:
    """What a page must have besides (ASVS 5.0 3.4.3, 3.4.5 and 3.4.6), and this one has not."""
    missing = []
    policy = _directives(reply.header(_POLICY) or "")
    # object-src falls back to default-src, base-uri does not (CSP Level 3 sections 6.1 and 6.3.1).
    objects = policy.get("object-src", policy.get("default-src"))
    if objects != ["'none'"] or policy.get("base-uri") != ["'none'"]:
        missing.append("policy against script")
    if "frame-ancestors" not in policy or not reply.header(_FRAMES):
        missing.append("ban of frames")
    if not reply.header(_REFERRER):
        missing.append("Referrer-Policy")
    return missing


def _directives(policy: str) -> dict[str, list[str]]:
    """Directives of a Content-Security-Policy by name; of two with one name, the first counts."""
    found: dict[str, list[str]] = {}
    for directive in policy.lower().split(";"):
        name, *values = directive.split() or [""]
        found.setdefault(name, values)
    return found
