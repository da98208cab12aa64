"""`authbench size-store` as a user starts it: real schemes and a real store, with few logins."""

import json
from pathlib import Path

import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.store_size.report import StoreSizeReport
from tests.integration.front_door import front_door

pytestmark = [pytest.mark.integration, pytest.mark.long]


def test_the_answer_is_for_the_readers_own_number(tmp_path: Path) -> None:
    given = ("session-redis", "jwt-denylist", "--sessions", "4000", "--payload", "0", "--for", "6000")
    with front_door(tmp_path, "size-store", *given) as command:
        code, out, err = command.end(within_s=300)
        assert code == ExitCode.DONE, err
        assert not command.family()
    assert out.startswith("6,000 live logins take in the store: session-redis ")
    assert "A full store under noeviction (session-redis): nobody is logged out" in out
    (path,) = tmp_path.glob("results/store-size/*/store-size.json")
    report = StoreSizeReport.model_validate_json(path.read_text())
    assert report.logins == 4000
    assert [one.scheme for one in report.schemes] == ["session-redis", "jwt-denylist"]
    assert report.header.store is not None


def test_json_is_the_report(tmp_path: Path) -> None:
    given = ("jwt-hs256", "--sessions", "2000", "--no-full", "--json")
    with front_door(tmp_path, "size-store", *given) as command:
        code, out, err = command.end(within_s=300)
        assert code == ExitCode.DONE, err
    (path,) = tmp_path.glob("results/store-size/*/store-size.json")
    assert json.loads(path.read_text()) == json.loads(out)
    assert json.loads(out)["evictions"] == []


def test_an_unknown_scheme_is_told_before_anything_starts(tmp_path: Path) -> None:
    with front_door(tmp_path, "size-store", "session-reddis") as command:
        code, _, err = command.end()
    assert code == ExitCode.USAGE
    assert "session-redis" in err
    assert not list(tmp_path.glob("results/*"))
