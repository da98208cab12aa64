"""Where the store's password comes from when it does not stand in the command line."""

from pathlib import Path
from typing import Any

import pytest
from redis.connection import parse_url
from typer.testing import CliRunner

from authbench.cli import app
from authbench.cli.shared.stores import with_password
from authbench.contracts.failure import Failure


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
    found = with_password(url, password_file(tmp_path))
    assert found is not None
    assert options(found) == {**options(url), "password": "s3 cr:t/@%"}


def test_without_a_file_nothing_is_added() -> None:
    assert with_password("redis://127.0.0.1", None) == "redis://127.0.0.1"
    assert with_password(None, None) is None


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
        with_password(url, password_file(tmp_path, content, mode))
    assert "secret" not in str(refused.value)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("verb", ["serve", "run", "verify", "doctor"])
def test_every_verb_with_a_store_has_both(verb: str) -> None:
    told = CliRunner().invoke(app, [verb, "--help"]).output
    assert "--redis-password-file" in told
    assert "AUTHBENCH_REDIS_URL" in told
