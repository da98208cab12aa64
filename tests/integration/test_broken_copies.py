"""Broken copies of schemes that work differently: verification notices each, and no original.

`make selftest-schemes` tries the copies of every scheme.
"""

import pytest

from selftest.schemes.broken_copies import copies
from selftest.verify_copies import names_with_copies, verify_together

pytestmark = pytest.mark.integration

SCHEMES = ["session-redis", "session-signed-cookie", "jwt-rs256"]
_LONG = SCHEMES[1:]


@pytest.mark.parametrize(
    "scheme", [pytest.param(name, marks=[pytest.mark.long] if name in _LONG else []) for name in SCHEMES]
)
def test_every_broken_copy_is_noticed_and_no_original(scheme: str) -> None:
    failed = verify_together(names_with_copies([scheme]))
    assert {name for name, checks in failed.items() if not checks} == {scheme}
    assert {name for name, checks in failed.items() if checks} == set(copies(scheme))
