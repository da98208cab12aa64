"""Broken copies of schemes that work differently: verification notices each, and no original.

`make selftest-schemes` tries the copies of every scheme.
"""

import pytest

from tests.selftest.schemes.broken_copies import copies
from tests.selftest.verify_copies import verify_copies

pytestmark = pytest.mark.integration

SCHEMES = ["session-redis", "session-signed-cookie", "jwt-rs256"]


def test_every_broken_copy_is_noticed_and_no_original() -> None:
    failed = verify_copies(SCHEMES)
    assert {name for name, checks in failed.items() if not checks} == set(SCHEMES)
    assert {name for name, checks in failed.items() if checks} == {
        copy for scheme in SCHEMES for copy in copies(scheme)
    }
