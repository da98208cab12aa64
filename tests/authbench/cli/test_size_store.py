"""What `authbench size-store` asks to be measured, and what it tells. Stores run in tests/integration."""

import json
from pathlib import Path

import pytest

from authbench.cli.size_store import HEADLINE, size_store
from authbench.contracts.failure import Failure
from authbench.contracts.security.report import Kind, read_security_report, security_reports
from authbench.contracts.store_size.report import StoreSizeReport
from loadtests.store_size import measure
from loadtests.store_size.measure import StoreSizeRequest, StoreSizes
from servers.discovery import known_schemes
from tests.analysis.store_size.reports import STORE, denying, evicted, sized


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[StoreSizeRequest]:
    """What was asked to be measured; sizes of a thousand logins are found."""
    requests: list[StoreSizeRequest] = []

    def found(request: StoreSizeRequest, _: object) -> StoreSizes:
        requests.append(request)
        return StoreSizes([sized(), denying()], [evicted()], [], STORE)

    monkeypatch.setattr(measure, "measure_store_sizes", found)
    return requests


def test_one_scheme_of_each_kind_is_measured_with_three_sizes_of_data(
    asked: list[StoreSizeRequest], tmp_path: Path
) -> None:
    size_store(results=tmp_path)
    assert set(HEADLINE) <= set(known_schemes())
    assert asked == [StoreSizeRequest(list(HEADLINE), [0, 256, 1024], 20_000, "session-redis")]


def test_what_a_full_store_does_is_measured_with_sessions_alone(
    asked: list[StoreSizeRequest], tmp_path: Path
) -> None:
    size_store(["jwt-hs256", "opaque-redis"], payload=[512, 0, 512], results=tmp_path)
    size_store(["jwt-hs256"], results=tmp_path)
    size_store(["session-redis"], full=False, results=tmp_path)
    assert [request.evicting for request in asked] == ["opaque-redis", None, None]
    assert asked[0].payloads == [0, 512]


@pytest.mark.usefixtures("asked")
def test_the_answer_is_for_the_readers_own_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size_store(["session-redis"], for_logins=1500, results=tmp_path)
    assert capsys.readouterr().out.startswith("1,500 live logins take in the store: session-redis 1.86 MiB")
    (path,) = security_reports(tmp_path, Kind.STORE_SIZE)
    report = read_security_report(path, StoreSizeReport)
    size_store(["session-redis"], results=tmp_path, json=True)
    assert json.loads(capsys.readouterr().out)["schemes"] == report.model_dump(mode="json")["schemes"]


def test_an_unknown_scheme_is_told_before_anything_starts(
    asked: list[StoreSizeRequest], tmp_path: Path
) -> None:
    with pytest.raises(Failure, match="session-redis"):
        size_store(["session-reddis"], results=tmp_path)
    assert asked == []
