"""What --workers-at and --join-key-file may say."""

from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from loadtests.harness.load.meeting import address, meeting_of


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("10.0.0.5:5557", "10.0.0.5", 5557), ("alpha:1", "alpha", 1), ("[fe80::1]:80", "fe80::1", 80)],
)
def test_an_address(text: str, host: str, port: int) -> None:
    assert address(text) == (host, port)
    assert address(text).text == text, "it is told as it is to be written"


@pytest.mark.parametrize("text", ["", "5557", ":5557", "alpha", "alpha:", "alpha:0", "a:70000", "a:\u0661"])
def test_no_address(text: str) -> None:
    with pytest.raises(Failure, match="is no HOST:PORT, such as"):
        address(text)


def test_a_run_without_workers(tmp_path: Path) -> None:
    assert meeting_of(None, None) is None
    for options in (("127.0.0.1:5557", None), (None, tmp_path / "join.key")):
        with pytest.raises(Failure, match="go together: give both"):
            meeting_of(*options)


@pytest.mark.parametrize("everywhere", ["0.0.0.0:5557", "[::]:5557", "224.0.0.1:5557"])
def test_nobody_listens_everywhere(everywhere: str, tmp_path: Path) -> None:
    with pytest.raises(Failure, match="is every interface, and everybody could connect"):
        meeting_of(everywhere, tmp_path / "join.key")
    assert not (tmp_path / "join.key").exists()


def test_a_name_may_mean_any_interface(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="give the IP address of one interface of this machine, not a name"):
        meeting_of("alpha:5557", tmp_path / "join.key")


def test_the_key_is_made_once(tmp_path: Path) -> None:
    path = tmp_path / "join.key"
    first = meeting_of("127.0.0.1:5557", path)
    key = path.read_bytes()
    assert first == meeting_of("127.0.0.1:5557", path)
    assert path.read_bytes() == key
