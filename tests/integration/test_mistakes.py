"""A user's mistake is one line on standard error, with the documented exit code."""

import json
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


def test_unknown_key(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(MINI.replace("slice_s", "slices_s"), "utf-8")
    code, line = _one_line(tmp_path, "run", "mini.toml")
    assert (code, "unknown key 'slices_s'; did you mean 'slice_s'?" in line) == (ExitCode.USAGE, True)


def test_unknown_setting_of_an_arm(tmp_path: Path) -> None:
    arm = '{ scheme = "jwt-hs256", settings = { token_lifetimes_s = 60 } }'
    (tmp_path / "mini.toml").write_text(MINI.replace('{ scheme = "jwt-hs256" }', arm), "utf-8")
    code, line = _one_line(tmp_path, "run", "mini.toml")
    assert (code, "did you mean 'token_lifetime_s'?" in line) == (ExitCode.USAGE, True)
    assert not (tmp_path / "results").exists()


def test_unknown_experiment_run_and_drill(tmp_path: Path) -> None:
    code, line = _one_line(tmp_path, "run", "quik")
    assert (code, "unknown experiment 'quik'" in line) == (ExitCode.USAGE, True)
    code, line = _one_line(tmp_path, "report", "nothing")
    assert (code, "no run 'nothing'" in line) == (ExitCode.USAGE, True)
    code, line = _one_line(tmp_path, "drill", "flood")
    assert (code, "unknown drill 'flood'" in line) == (ExitCode.USAGE, True)


def test_a_redis_that_is_not_there(tmp_path: Path) -> None:
    code, line = _one_line(tmp_path, "run", write_mini(tmp_path), "--redis-url", "redis://127.0.0.1:1/0")
    assert code == ExitCode.USAGE
    assert "no Redis answers there" in line


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


def test_results_of_a_newer_schema(tmp_path: Path) -> None:
    run = tmp_path / "results" / "raw" / "later"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text(json.dumps({"schema_version": 99}), "utf-8")
    code, line = _one_line(tmp_path, "report", "later")
    assert code == ExitCode.USAGE
    assert "schema 99" in line
    assert "update authbench" in line


_URLS_WITH_A_PASSWORD = (
    "redis://:s3cret@127.0.0.1:1/0",
    "redis://127.0.0.1:1/0?password=s3cret",
    "redis://:s3cret/s3cret@127.0.0.1:1/0",
    "redis://127.0.0.1:1/0?password=s3cret&s3cret=1",
    "redis://127.0.0.1:1/0?socket_timeout=s3cret",
    "s3cret@127.0.0.1",
)


@pytest.mark.parametrize(
    ("verb", "url"),
    [
        *((verb, _URLS_WITH_A_PASSWORD[1]) for verb in ("run", "doctor")),
        *(("serve", url) for url in _URLS_WITH_A_PASSWORD),
        *(pytest.param("verify", url, marks=pytest.mark.long) for url in _URLS_WITH_A_PASSWORD),
    ],
)
def test_a_password_in_a_url_is_never_printed(tmp_path: Path, verb: str, url: str) -> None:
    what = {
        "run": [write_mini(tmp_path)],
        "verify": ["session-redis"],
        "doctor": [],
        "serve": ["session-redis"],
    }
    with front_door(tmp_path, verb, *what[verb], "--redis-url", url) as door:
        code, out, err = door.end()
    assert code in (ExitCode.USAGE, ExitCode.INVALID)
    assert "s3cret" not in out + err
    assert "internal error" not in err


def test_a_password_in_an_experiment_is_refused_before_it_is_recorded(tmp_path: Path) -> None:
    for number, url in enumerate(
        ("postgresql+asyncpg://u:s3cret@h/x", "postgresql+asyncpg://h/x?password=s3cret")
    ):
        arm = f'{{ scheme = "jwt-hs256", settings = {{ session_database_url = "{url}" }} }}'
        (tmp_path / "mini.toml").write_text(MINI.replace('{ scheme = "jwt-hs256" }', arm), "utf-8")
        code, line = _one_line(tmp_path, "run", "mini.toml")
        assert code == ExitCode.USAGE, number
        assert "settings.session_database_url has a password" in line
        assert "s3cret" not in line
    assert not (tmp_path / "results").exists()


def test_results_whose_path_is_not_utf8(tmp_path: Path) -> None:
    for arguments in (("run", write_mini(tmp_path)), ("report", "latest"), ("adr", "latest")):
        code, line = _one_line(tmp_path, *arguments, "--results", "r\udcff")
        assert (code, "not UTF-8" in line) == (ExitCode.USAGE, True), arguments


@pytest.mark.parametrize(
    ("folder", "told"), [("x" * 60, "too long for the path of a Unix socket"), ("\udcff", "not UTF-8")]
)
def test_a_temporary_folder_that_cannot_be_used(tmp_path: Path, folder: str, told: str) -> None:
    temporary = tmp_path / folder
    temporary.mkdir()
    (tmp_path / "mini.toml").write_text(MINI, "utf-8")
    for arguments in (("run", str(tmp_path / "mini.toml")), ("verify", "session-redis"), ("doctor",)):
        code, line = _one_line(temporary, *arguments)
        assert (code, told in line, "TMPDIR" in line) == (ExitCode.USAGE, True, True), arguments
    assert not (temporary / "results").exists()


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
