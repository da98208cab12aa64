"""`make test` runs tests that failed once more, alone: `.make/tests`, on small tests of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent / ".make" / "tests"
AGAIN = "now once more and alone"
TOLD = "failed beside others, passed alone"
AT_MOST = 3


def once(number: int) -> str:
    """A test that fails the first time it is run."""
    return f"""
def test_once_{number}():
    from pathlib import Path
    seen = Path("seen-{number}")
    first = not seen.exists()
    seen.touch()
    assert not first
"""


GOOD = "def test_good(): pass\n"
BAD = "def test_bad(): assert False\n"


def run(folder: Path, *tests: str) -> tuple[int, str]:
    """The exit code and what was printed for a folder with these tests."""
    (folder / "test_it.py").write_text("\n".join(tests), "utf-8")
    done = subprocess.run(
        [TESTS, sys.executable, "2", "-q", "-p", "xdist"],
        cwd=folder,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout


def test_tests_that_pass_run_once(tmp_path: Path) -> None:
    code, out = run(tmp_path, GOOD)
    assert (code, AGAIN in out) == (0, False)


@pytest.mark.parametrize("number", [1, AT_MOST])
def test_what_passes_alone_is_told_by_name(tmp_path: Path, number: int) -> None:
    code, out = run(tmp_path, GOOD, *map(once, range(number)))
    assert (code, AGAIN in out) == (0, True)
    told = out.partition(TOLD)[2]
    assert all(f"test_it.py::test_once_{one}\n" in told for one in range(number))
    assert "test_good" not in told


def test_what_fails_alone_as_well_has_failed(tmp_path: Path) -> None:
    code, out = run(tmp_path, GOOD, BAD, once(1))
    assert (code, AGAIN in out, TOLD in out) == (1, True, False)


def test_many_failures_are_no_chance(tmp_path: Path) -> None:
    code, out = run(tmp_path, *map(once, range(AT_MOST + 1)))
    assert (code, AGAIN in out) == (1, False)


def test_what_failed_in_an_earlier_call_is_not_this_calls(tmp_path: Path) -> None:
    assert run(tmp_path, BAD)[0] == 1
    assert run(tmp_path, GOOD)[0] == 0
    code, out = run(tmp_path, BAD, "raise OSError\n")
    assert (code, AGAIN in out) != (0, True)


@pytest.mark.parametrize("broken", ["def test_(:\n", "import a_module_that_is_nowhere\n"])
def test_a_file_that_cannot_be_read_is_no_test_that_failed(tmp_path: Path, broken: str) -> None:
    code, out = run(tmp_path, broken)
    assert code != 0
    assert TOLD not in out


def test_no_test_is_no_success(tmp_path: Path) -> None:
    code, out = run(tmp_path)
    assert (code, AGAIN in out) == (5, False)
