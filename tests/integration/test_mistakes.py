"""A user's mistake is one line on standard error, with the documented exit code.

Here the command is started as a user does it, once for each way in which it ends. Each mistake is in
tests/authbench/cli.
"""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from tests.integration.front_door import MINI, front_door, write_mini

pytestmark = pytest.mark.integration


def _one_line(folder: Path, *arguments: str) -> tuple[int, str]:
    with front_door(folder, *arguments) as door:
        code, out, err = door.end()
    assert out == ""
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    return code, lines[0]


def test_unknown_scheme(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(MINI.replace("jwt-hs256", "jwt-hs265"), "utf-8")
    code, line = _one_line(tmp_path, "run", "mini.toml")
    assert code == ExitCode.USAGE
    assert "unknown scheme 'jwt-hs265'" in line
    assert "jwt-hs256" in line
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("verb", "url", "says"),
    [
        ("run", "redis+sentinel://127.0.0.1:1/service/0", "no sentinel answers at 127.0.0.1:1"),
        ("verify", "redis+sentinel://127.0.0.1:1", "it names no service of the sentinels"),
        ("serve", "redis+cluster://127.0.0.1:1", "one login has keys in several slots"),
        ("verify", "rediss://127.0.0.1:1/0?ssl_ca_certs=/nowhere.pem", "/nowhere.pem: cannot be read"),
    ],
)
def test_a_store_that_cannot_be_had(tmp_path: Path, verb: str, url: str, says: str) -> None:
    what = {"run": [write_mini(tmp_path)]}.get(verb, ["session-redis"])
    code, line = _one_line(tmp_path, verb, *what, "--redis-url", url)
    assert (code, says in line) == (ExitCode.USAGE, True), line


@pytest.mark.parametrize(
    ("verb", "what"),
    [
        ("run", []),
        ("doctor", []),
        ("serve", ["session-redis"]),
        pytest.param("verify", ["session-redis"], marks=pytest.mark.long),
    ],
)
def test_a_password_in_a_url_is_never_printed(tmp_path: Path, verb: str, what: list[str]) -> None:
    given = [write_mini(tmp_path)] if verb == "run" else what
    url = "redis://127.0.0.1:1/0?password=s3cret"
    with front_door(tmp_path, verb, *given, "--redis-url", url) as door:
        code, out, err = door.end()
    assert code in (ExitCode.USAGE, ExitCode.INVALID)
    assert "s3cret" not in out + err
    assert "internal error" not in err


def test_a_temporary_folder_that_cannot_be_used(tmp_path: Path) -> None:
    temporary = tmp_path / ("x" * 60)
    temporary.mkdir()
    code, line = _one_line(temporary, "verify", "session-redis")
    assert (code, "TMPDIR" in line) == (ExitCode.USAGE, True)


def test_too_few_files_may_be_open(tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    with front_door(tmp_path, "run", write_mini(tmp_path)) as door:
        resource.prlimit(door.process.pid, resource.RLIMIT_NOFILE, (256, 256))
        code, _, err = door.end()
    assert code == ExitCode.USAGE
    assert "may have 256 files open here, the load generator needs 320 for 4 arms" in err
    assert "starting the load generator" not in err
    assert resource.getrlimit(resource.RLIMIT_NOFILE) == limits


def test_a_reader_who_goes_away_is_no_mistake(tmp_path: Path) -> None:
    # As a user has it: what is printed goes out in blocks, the last one at the very end.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    for arguments in (["list"], ["list", "session-redis"], ["run", "--help"], ["runs", "--json"]):
        command = [sys.executable, "-m", "authbench", *arguments]
        with subprocess.Popen(
            command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment
        ) as told:
            assert told.stdout is not None
            told.stdout.close()  # before a line is written
            assert told.stderr is not None
            assert told.stderr.read() == ""
            assert told.wait() == ExitCode.DONE, arguments


def test_a_full_disk_behind_standard_output_is_one_line(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    command = [sys.executable, "-m", "authbench", "list", "session-redis"]
    with open("/dev/full", "wb") as full:
        told = subprocess.run(
            command,
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
            check=False,
        )
    assert told.stderr == "authbench: standard output cannot be written: No space left on device\n"
    assert told.returncode == ExitCode.INVALID


@pytest.mark.long
def test_a_run_whose_messages_nobody_reads_is_made_all_the_same(tmp_path: Path) -> None:
    with front_door(tmp_path, "run", write_mini(tmp_path)) as door:
        assert door.process.stderr is not None
        door.process.stderr.close()
        door.process.stderr = None
        assert door.process.stdout is not None
        assert "VALID" in door.process.stdout.read()
        assert door.process.wait() == ExitCode.DONE
        door.process.stderr = open(os.devnull)  # noqa: SIM115 - for the door to close


def test_wrong_usage_exits_with_its_code(tmp_path: Path) -> None:
    code, line = _one_line(tmp_path, "run", "smoke", "--sede", "1")
    assert code == ExitCode.USAGE
    assert "No such option: --sede" in line
