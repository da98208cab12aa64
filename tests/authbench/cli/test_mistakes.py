"""A user's mistake is one line, with the documented exit code, and nothing is left of it."""

import json
import sys
import tempfile
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from tests.authbench.cli.mistake import mistake
from tests.integration.front_door import MINI, write_mini

TARGET = """
name = "shop"
base_url = "http://127.0.0.1:1"
users = { file = "users.csv" }
[[variants]]
name = "session"
login = { path = "/login", body = { username = "{username}", password = "{password}" } }
credential = { cookie = "sid" }
lifetime = { cookie = true }
endpoints = [{ path = "/me" }]
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_unknown_key(tmp_path: Path) -> None:
    (tmp_path / "mini.toml").write_text(MINI.replace("slice_s", "slices_s"), "utf-8")
    code, line = mistake("run", "mini.toml")
    assert (code, "unknown key 'slices_s'; did you mean 'slice_s'?" in line) == (ExitCode.USAGE, True)


def test_unknown_setting_of_an_arm(tmp_path: Path) -> None:
    arm = '{ scheme = "jwt-hs256", settings = { token_lifetimes_s = 60 } }'
    (tmp_path / "mini.toml").write_text(MINI.replace('{ scheme = "jwt-hs256" }', arm), "utf-8")
    code, line = mistake("run", "mini.toml")
    assert (code, "did you mean 'token_lifetime_s'?" in line) == (ExitCode.USAGE, True)
    assert not (tmp_path / "results").exists()


def test_unknown_experiment_run_and_drill() -> None:
    code, line = mistake("run", "quik")
    assert (code, "unknown experiment 'quik'" in line) == (ExitCode.USAGE, True)
    code, line = mistake("report", "nothing")
    assert (code, "no run 'nothing'" in line) == (ExitCode.USAGE, True)
    code, line = mistake("drill", "flood")
    assert (code, "unknown drill 'flood'" in line) == (ExitCode.USAGE, True)


def test_a_redis_that_is_not_there(tmp_path: Path) -> None:
    code, line = mistake("run", write_mini(tmp_path), "--redis-url", "redis://127.0.0.1:1/0")
    assert code == ExitCode.USAGE
    assert "no Redis answers there" in line


def test_statements_are_counted_of_a_service_of_others_only(monkeypatch: pytest.MonkeyPatch) -> None:
    code, line = mistake("run", "quick", "--sql-url", "postgresql://u:s3cret@127.0.0.1:1/x")
    assert code == ExitCode.USAGE
    assert line.endswith("is for a service of your own: give --target FILE as well")
    monkeypatch.setenv("AUTHBENCH_SQL_URL", "postgresql://u:s3cret@127.0.0.1:1/x")
    assert mistake("run", "quick") == (code, line)


@pytest.mark.parametrize(
    ("scheme", "told"),
    [
        ("mysql", ": statements of PostgreSQL only are counted: give postgresql://"),
        ("postgresql", ": no PostgreSQL answers there (Connection refused): start it, or leave the URL out"),
    ],
)
def test_a_database_that_counts_nothing(
    tmp_path: Path, scheme: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the service is asked anything: nobody serves it here."""
    url = f"{scheme}://u:s3cret@127.0.0.1:1/x"
    (tmp_path / "users.csv").write_text("username,password\nada,right\n", "utf-8")
    (tmp_path / "target.toml").write_text(f'sql_url = "{url}"\n{TARGET}', "utf-8")
    code, line = mistake("run", "--target", "target.toml")
    assert (code, line.startswith(f"sql_url{told}"), "s3cret" in line) == (ExitCode.USAGE, True, False)
    monkeypatch.setenv("AUTHBENCH_SQL_URL", url)
    code, line = mistake("run", "--target", "target.toml")
    assert (code, line.startswith(f"--sql-url{told}"), "s3cret" in line) == (ExitCode.USAGE, True, False)
    assert not (tmp_path / "results").exists()


@pytest.mark.parametrize(
    ("hosts", "told"),
    [
        (
            '[application]\nprefix = ["sh", "-c", "echo no such host >&2; exit 255"]\n',
            "the agent of application did not start: exit 255 (no such host). Does its prefix start",
        ),
        ('[application]\nprefix = ["no-such-command"]\n', "no command 'no-such-command' on this machine"),
        ("[[generators]]\n", "the load on a target comes from this machine, or from workers"),
        ('[application]\naddress = "10.0.0.1"\n', "names no other host: give [application] or [store]"),
        (f'[application]\nprefix = ["env"]\npython = "{sys.executable}"\n', "there is no process 4194304"),
    ],
)
def test_a_host_of_a_service_that_cannot_be_read(hosts: str, told: str, tmp_path: Path) -> None:
    """Nothing was asked of the service, which is not even there."""
    (tmp_path / "users.csv").write_text("username,password\nada,right\n", "utf-8")
    (tmp_path / "target.toml").write_text(f"processes = {{ server = [4194304] }}\n{TARGET}", "utf-8")
    (tmp_path / "hosts.toml").write_text(hosts, "utf-8")
    code, line = mistake("run", "--target", "target.toml", "--hosts", "hosts.toml")
    assert (code, told in line) == (ExitCode.USAGE, True), line
    assert not (tmp_path / "results").exists()


def test_results_of_a_newer_schema(tmp_path: Path) -> None:
    run = tmp_path / "results" / "raw" / "later"
    run.mkdir(parents=True)
    (run / "manifest.json").write_text(json.dumps({"schema_version": 99}), "utf-8")
    code, line = mistake("report", "later")
    assert code == ExitCode.USAGE
    assert "schema 99" in line
    assert "update authbench" in line


@pytest.mark.parametrize("verb", ["serve", "verify"])
@pytest.mark.parametrize(
    "url",
    [
        "redis://:s3cret@127.0.0.1:1/0",
        "redis://127.0.0.1:1/0?password=s3cret",
        "redis://:s3cret/s3cret@127.0.0.1:1/0",
        "redis://127.0.0.1:1/0?password=s3cret&s3cret=1",
        "redis://127.0.0.1:1/0?socket_timeout=s3cret",
        "s3cret@127.0.0.1",
    ],
)
def test_a_password_in_a_url_is_never_printed(
    verb: str, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, line = mistake(verb, "session-redis", "--redis-url", url)
    out, err = capsys.readouterr()
    assert code in (ExitCode.USAGE, ExitCode.INVALID)
    assert "s3cret" not in line + out + err


def test_a_password_in_an_experiment_is_refused_before_it_is_recorded(tmp_path: Path) -> None:
    for number, url in enumerate(
        ("postgresql+asyncpg://u:s3cret@h/x", "postgresql+asyncpg://h/x?password=s3cret")
    ):
        arm = f'{{ scheme = "jwt-hs256", settings = {{ session_database_url = "{url}" }} }}'
        (tmp_path / "mini.toml").write_text(MINI.replace('{ scheme = "jwt-hs256" }', arm), "utf-8")
        code, line = mistake("run", "mini.toml")
        assert code == ExitCode.USAGE, number
        assert "settings.session_database_url has a password" in line
        assert "s3cret" not in line
    assert not (tmp_path / "results").exists()


def test_results_whose_path_is_not_utf8(tmp_path: Path) -> None:
    for arguments in (("run", write_mini(tmp_path)), ("report", "latest"), ("adr", "latest")):
        code, line = mistake(*arguments, "--results", "r\udcff")
        assert (code, "not UTF-8" in line) == (ExitCode.USAGE, True), arguments


@pytest.mark.parametrize(
    ("folder", "told"), [("x" * 60, "too long for the path of a Unix socket"), ("\udcff", "not UTF-8")]
)
def test_a_temporary_folder_that_cannot_be_used(
    tmp_path: Path, folder: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / folder
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.chdir(temporary)
    (tmp_path / "mini.toml").write_text(MINI, "utf-8")
    for arguments in (("run", str(tmp_path / "mini.toml")), ("verify", "session-redis"), ("doctor",)):
        code, line = mistake(*arguments)
        assert (code, told in line, "TMPDIR" in line) == (ExitCode.USAGE, True, True), arguments
    assert not (temporary / "results").exists()
