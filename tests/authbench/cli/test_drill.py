"""What `authbench drill` concludes from what was seen. The drill itself runs in tests/integration."""

from collections.abc import Iterable, Sequence

import numpy as np
import pytest
import typer

from authbench.cli.drill import drill
from authbench.cli.shared.failure_drills import KINDS, cards_of
from authbench.contracts.failure import ExitCode, Failure
from loadtests.drills import run_drill
from loadtests.drills.drill import DrillResult
from servers.discovery import known_schemes
from tests.analysis.build_run import slice_record

_SECOND = 1_000_000_000


def _seen(monkeypatch: pytest.MonkeyPatch, *, open_loop: bool, states: Sequence[str] = "TTT") -> int:
    """The exit code after a freeze of one second at 200 requests/s."""
    due = np.arange(0, 3 * _SECOND, 5_000_000)
    frozen = (due >= _SECOND) & (due < 2 * _SECOND)
    done = np.where(frozen, 2 * _SECOND, due) + 1_000_000
    if not open_loop:  # sixteen connections, each waiting for one reply
        kept = ~frozen | (np.cumsum(frozen) <= 16)
        due, done = due[kept], done[kept]
    result = DrillResult(
        arm="session-redis",
        rate_rps=200.0,
        stopped_ns=_SECOND,
        continued_ns=2 * _SECOND,
        due_ns=due,
        done_ns=done,
        states_before="S",
        states_during=states,
        states_after="R",
        control_answers=9,
        record=slice_record(),
    )
    monkeypatch.setattr(run_drill, "run_drill", lambda *_: result)
    try:
        drill("frozen-server", arm="session-redis", rate=200.0, seed=1)
    except typer.Exit as ended:
        return ended.exit_code
    return 0


def test_a_freeze_that_shows_is_seen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _seen(monkeypatch, open_loop=True) == 0
    out = capsys.readouterr().out
    assert "seen stopped meanwhile          3 of 3 times" in out
    assert "answered only afterwards 200 (at least 180 must be seen)" in out
    assert out.splitlines()[-1].startswith("SEEN")


def test_a_closed_loop_hides_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert _seen(monkeypatch, open_loop=False) == ExitCode.FOUND
    assert "HIDDEN: V04: " in capsys.readouterr().out


def test_a_server_that_never_stood_still_shows_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _seen(monkeypatch, open_loop=True, states="SRS") == ExitCode.FOUND
    out = capsys.readouterr().out
    assert "NOTHING SHOWN: V36: the server was seen stopped 0 of 3 times" in out
    assert "SEEN" not in out


def test_without_a_name_it_lists_the_drills(capsys: pytest.CaptureFixture[str]) -> None:
    drill()
    assert capsys.readouterr().out.startswith("frozen-server ")


def test_a_misspelt_name_is_one_line_with_the_nearest_known_one() -> None:
    with pytest.raises(Failure, match="unknown drill 'frozen-serve': did you mean 'frozen-server'"):
        drill("frozen-serve")


def test_one_scheme_of_each_kind_is_drilled_unless_others_are_named() -> None:
    def kinds(names: Iterable[str]) -> set[tuple[object, ...]]:
        cards = cards_of(tuple(names)).values()
        return {
            (card.store, card.carrier, card.store_loss, card.store_emptied, card.refreshes) for card in cards
        }

    everything = [name for name in known_schemes() if cards_of([name])[name].authenticates]
    assert kinds(KINDS) == kinds(everything)
