"""What the lean client needs is needed by nobody else. How its sessions behave: tests/servers/stores."""

import subprocess
import sys

import pytest

_IMPORT = "import sys; sys.modules['hiredis'] = None; import servers.schemes.{}"


@pytest.mark.parametrize(
    ("module", "needs_it"), [("session_redis", False), ("jwt_denylist", False), ("session_redis_lean", True)]
)
def test_only_the_lean_client_needs_hiredis(module: str, needs_it: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IMPORT.format(module)], capture_output=True, text=True, check=False
    )
    assert (done.returncode != 0) == needs_it, done.stderr
    assert ("hiredis" in done.stderr) == needs_it
