"""Where the store's password comes from when it does not stand in the command line."""

from pathlib import Path
from typing import Any

import pytest
from redis.connection import parse_url
from typer.testing import CliRunner

from authbench.cli import app
from authbench.cli.shared.stores import store_url
from authbench.contracts.failure import Failure
from authbench.system.store_url import read_store_url


def password_file(folder: Path, content: str = "s3 cr:t/@%\n", mode: int = 0o600) -> str:
    path = folder / "password"
    path.write_text(content)
    path.chmod(mode)
    return str(path)


def options(url: str) -> dict[str, Any]:
    """What the store's library makes of it."""
    parse: Any = parse_url
    return dict(parse(url))


@pytest.mark.parametrize(
    "url",
    [
        "redis://127.0.0.1:6379/0",
        "redis://127.0.0.1",
        "rediss://[::1]:6380/1?ssl_ca_certs=/x",
        "redis://bench@127.0.0.1/0",
        "unix:///run/redis.sock?db=2",
    ],
)
def test_the_password_of_a_file(tmp_path: Path, url: str) -> None:
    """Whatever is in it, the store's library reads it again as it was."""
    found = store_url(url, password_file(tmp_path), None)
    assert found is not None
    assert options(found) == {**options(url), "password": "s3 cr:t/@%"}


def test_without_a_file_nothing_is_added() -> None:
    assert store_url("redis://127.0.0.1", None, None) == "redis://127.0.0.1"
    assert store_url(None, None, None) is None


@pytest.mark.parametrize(
    ("url", "content", "mode", "words"),
    [
        (None, "secret", 0o600, "give --redis-url as well"),
        ("redis://:hunter2@127.0.0.1", "secret", 0o600, "has a password already"),
        ("redis://127.0.0.1?password=hunter2", "secret", 0o600, "has a password already"),
        ("redis://127.0.0.1", "secret", 0o640, "chmod 600"),
        ("redis://127.0.0.1", "", 0o600, "the password is missing"),
        ("redis://127.0.0.1", "\nsecret", 0o600, "the password is missing"),
    ],
)
def test_refusals(tmp_path: Path, url: str | None, content: str, mode: int, words: str) -> None:
    with pytest.raises(Failure, match=words) as refused:
        store_url(url, password_file(tmp_path, content, mode), None)
    assert "secret" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_the_password_of_a_service_that_sentinels_watch(tmp_path: Path) -> None:
    found = store_url("redis+sentinel://bench@a:1,[::1]:2/service/0", password_file(tmp_path), None)
    assert found is not None
    read = read_store_url(found)
    assert read.options == {"username": "bench", "password": "s3 cr:t/@%", "db": 0}
    assert (read.sentinels, read.service) == ((("a", 1), ("::1", 2)), "service")


@pytest.mark.parametrize("url", ["rediss://127.0.0.1/0", "rediss+sentinel://a/service?client_name=x"])
def test_the_authority_of_a_certificate(tmp_path: Path, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = store_url(url, None, "an authority&.pem")
    assert found is not None
    read = read_store_url(found)
    authority = str(tmp_path / "an authority&.pem")
    assert read.options == {**read_store_url(url).options, "ssl_ca_certs": authority}


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (None, "give --redis-url rediss://"),
        ("redis://127.0.0.1", "give --redis-url rediss://"),
        ("rediss://127.0.0.1?ssl_ca_certs=/x", "take one of them away"),
    ],
)
def test_an_authority_that_is_of_no_use(url: str | None, words: str) -> None:
    with pytest.raises(Failure, match=words):
        store_url(url, None, "authority.pem")


@pytest.mark.parametrize("verb", ["serve", "run", "verify", "doctor"])
def test_every_verb_with_a_store_has_both(verb: str) -> None:
    told = CliRunner().invoke(app, [verb, "--help"]).output
    assert "--redis-password-file" in told
    assert "--redis-ca-file" in told
    assert "AUTHBENCH_REDIS_URL" in told
