"""What a run shows while it measures. Clocks are fakes; the outlooks are the harness's own."""

import io

import pytest
from rich.console import Console

from authbench.cli.shared.progress import Ahead, BarProgress, LineProgress, duration, show_progress
from authbench.contracts.records import GenerationTimes, JudgedSlice
from loadtests.harness.run.outlook import Outlook, UnderWay, outlook
from tests.clock import Clock

GENERATIONS, SLICES, START_S, SLICE_S = 6, 40, 10.0, 0.5
GENERATION_S = START_S + SLICES * SLICE_S


def _summarise(recorded: list[JudgedSlice]) -> str:
    return "so far 1.20"


def _at(seconds: float) -> Outlook:
    """What the harness says of a run of six equal generations after so many seconds."""
    whole = min(int(seconds / GENERATION_S), GENERATIONS - 1)
    times = [
        GenerationTimes(
            generation=number,
            arms=8,
            start_s={"processes": START_S},
            cycles_s=SLICES * SLICE_S,
            elapsed_s=(number + 1) * GENERATION_S,
        )
        for number in range(whole)
    ]
    spent = seconds - whole * GENERATION_S
    done = max(0, int((spent - START_S) / SLICE_S))
    here = UnderWay(spent, START_S if spent >= START_S else None, done, SLICES)
    return outlook(times, GENERATIONS, [SLICES] * whole, here)


def _lines(clock: Clock, text: io.StringIO) -> LineProgress:
    return LineProgress(_summarise, Console(file=text, soft_wrap=True), clock)


def test_what_is_left_is_right_within_a_fifth_from_the_second_generation_on() -> None:
    clock = Clock()
    ahead = Ahead(clock)
    whole_s = GENERATIONS * GENERATION_S
    for second in range(int(whole_s)):
        clock.now = 1000.0 + second
        ahead.learn(_at(second))
        if second < GENERATION_S:
            assert ahead.remaining_s is None
            assert ahead.left == "time left known after the first generation"
        else:
            assert ahead.remaining_s == pytest.approx(whole_s - second, rel=0.2, abs=1)
            assert ahead.share == pytest.approx(second / whole_s, abs=0.05)


def test_what_is_left_runs_down_between_two_outlooks_and_never_below_nothing() -> None:
    clock = Clock()
    ahead = Ahead(clock)
    ahead.learn(_at(100))
    first = ahead.remaining_s
    assert first is not None
    clock.now += 30
    assert ahead.remaining_s == pytest.approx(first - 30)
    clock.now += 10_000
    assert ahead.remaining_s == 0
    assert ahead.left == "a few seconds left"


def test_no_more_slices_are_done_than_there_are() -> None:
    ahead = Ahead(Clock())
    ahead.learn(Outlook(2, 6, 43, 40, 10.0, 20.0, 60.0))
    assert ahead.place == "generation 3 of about 6, slice 43 of 43"


def test_a_log_gets_a_line_for_a_phase_and_every_quarter_of_a_minute() -> None:
    clock, text = Clock(), io.StringIO()
    shown = _lines(clock, text)
    shown.phase("generation 1: fresh processes")
    for second in range(61):
        clock.now = 1000.0 + second
        shown.outlook(_at(second))
        shown.slices([])
    lines = text.getvalue().splitlines()
    assert lines[0] == "[   0 s] generation 1: fresh processes"
    assert len(lines) == 5
    assert lines[1].startswith("[  15 s] generation 1 of about 6, slice 10 of 40; time left known after")
    assert lines[4] == "[  60 s] generation 3 of about 6; 33% done; about 2 min 00 s left; so far 1.20"


def test_a_phase_says_how_far_the_run_is() -> None:
    clock, text = Clock(), io.StringIO()
    shown = _lines(clock, text)
    clock.now += 60
    shown.outlook(_at(60))
    shown.phase("generation 3: starting")
    assert text.getvalue() == "[  60 s] generation 3: starting (33% done, about 2 min 00 s left)\n"


def test_a_terminal_gets_a_bar_that_every_phase_paints() -> None:
    text = io.StringIO()
    console = Console(file=text, force_terminal=True, width=200, color_system=None)
    with show_progress(_summarise, console) as shown:
        assert isinstance(shown, BarProgress)
        shown.phase("starting the load generator")
        assert "starting the load generator" in text.getvalue()
        shown.outlook(_at(100))
        shown.slices([])
        assert "generation 4 of about 6, slice" not in text.getvalue().partition("starting")[0]
        assert "so far 1.20" in text.getvalue()
        assert "left" in text.getvalue()


@pytest.mark.parametrize(
    ("seconds", "words"), [(45, "45 s"), (61, "1 min 00 s"), (119, "2 min 00 s"), (131, "2 min 10 s")]
)
def test_durations(seconds: float, words: str) -> None:
    assert duration(seconds) == words
