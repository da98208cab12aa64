from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from tests.authbench.cli.mistake import mistake


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("no-such-scheme",), "no-such-scheme"),
        (("none", "--p99-ms", "0"), "--p99-ms"),
        (("none", "--bad-share", "0.9"), "--bad-share"),
        (("none", "--planted-us", "100"), "leave the schemes out"),
        (("--planted-us", "100", "--workers", "2"), "leave --workers out"),
        (("none", "--workload", "reed"), "unknown workload 'reed': did you mean 'read'"),
        (("none", "--workload", "closed"), "workload closed is a closed loop"),
        (("none", "--workers", "0"), "--workers"),
        (("none", "--redis-url", "http://x"), "--redis-url cannot be read"),
        (("none", "--p99-ms", "nan"), "--p99-ms"),
        (("--run", "never"), "no such search"),
    ],
)
def test_a_mistake_is_one_line(
    arguments: tuple[str, ...], words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = mistake("saturate", *arguments)
    assert told.code == ExitCode.USAGE
    assert words in told.line
    assert not (tmp_path / "results").exists()
