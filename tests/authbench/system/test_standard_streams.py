"""What is printed to nobody, or to a full disk, does not end the work before its own end."""

import os
import subprocess
import sys

import pytest

_WORK = """
import sys
from authbench.system.standard_streams import lost_output, outlive_readers
outlive_readers()
print("x" * int(sys.argv[1]))
print("a message", file=sys.stderr)
lost = lost_output()
sys.exit(7 if lost is None else lost.errno)
"""
_FINISHED = 7


def _run(characters: int, out: int, err: int) -> int:
    # As a user has it: written in blocks, of which the last one goes out at the end.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    return subprocess.run(
        [sys.executable, "-c", _WORK, str(characters)], stdout=out, stderr=err, env=environment, check=False
    ).returncode


def _to_nobody() -> int:
    reader, writer = os.pipe()
    os.close(reader)
    return writer


@pytest.mark.parametrize("characters", [1, 100_000])
def test_the_work_goes_on_to_its_end(characters: int) -> None:
    nobody, full = _to_nobody(), os.open("/dev/full", os.O_WRONLY)
    for out, err in ((nobody, full), (nobody, nobody), (subprocess.DEVNULL, nobody)):
        assert _run(characters, out, err) == _FINISHED
    os.close(nobody)
    os.close(full)


@pytest.mark.parametrize("characters", [1, 100_000])
def test_a_full_disk_is_told(characters: int) -> None:
    with open("/dev/full", "wb") as full:
        assert _run(characters, full.fileno(), subprocess.DEVNULL) == 28  # ENOSPC


def test_what_is_read_is_as_it_was_printed() -> None:
    told = subprocess.run([sys.executable, "-c", _WORK, "3"], capture_output=True, check=False)
    assert (told.stdout, told.stderr) == (b"xxx\n", b"a message\n")
