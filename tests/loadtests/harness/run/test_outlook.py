"""The outlook of a run, against runs whose end is known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.records import GenerationTimes
from loadtests.harness.run.outlook import UnderWay, outlook


def _times(*generations: tuple[float, float]) -> list[GenerationTimes]:
    """(start, everything else) of each generation, in seconds."""
    elapsed_s, times = 0.0, []
    for number, (start_s, rest_s) in enumerate(generations):
        elapsed_s += start_s + rest_s
        steps = {"processes": start_s / 2, "seeding": start_s / 2}
        times.append(
            GenerationTimes(
                generation=number, arms=4, start_s=steps, cycles_s=rest_s / 2, elapsed_s=elapsed_s
            )
        )
    return times


def test_before_the_first_generation_has_ended_nothing_is_foretold() -> None:
    starting = outlook([], 5, [], UnderWay(spent_s=3.0, start_s=None, slices_done=0, slices_planned=40))
    assert (starting.generation, starting.generations_expected) == (0, 5)
    assert (starting.start_s, starting.slices_s, starting.remaining_s) == (None, None, None)
    measuring = outlook([], 5, [], UnderWay(spent_s=20.0, start_s=18.0, slices_done=7, slices_planned=40))
    assert (measuring.start_s, measuring.slices_s, measuring.remaining_s) == (18.0, None, None)
    assert (measuring.slices_done_in_generation, measuring.slices_of_generation) == (7, 40)


def test_a_generation_to_come_takes_a_start_and_as_long_for_each_slice_as_before() -> None:
    times = _times((30.0, 20.0), (10.0, 20.0), (14.0, 20.0))
    under = UnderWay(spent_s=4.0, start_s=None, slices_done=0, slices_planned=80)
    found = outlook(times, 6, [40, 40, 40], under)
    assert found.start_s == pytest.approx(18.0), "the mean of all of them"
    assert found.slices_s == pytest.approx(40.0), "twice as many slices as before"
    # What is left of this start (12 s as a rule, the first was special), this one's slices, and two more.
    assert found.remaining_s == pytest.approx(8.0 + 40.0 + 2 * (12.0 + 40.0))
    half = UnderWay(spent_s=33.0, start_s=13.0, slices_done=40, slices_planned=80)
    assert outlook(times, 6, [40, 40, 40], half).remaining_s == pytest.approx(20.0 + 2 * (12.0 + 40.0))


def test_a_generation_beyond_those_expected_is_the_last() -> None:
    times = _times((30.0, 20.0), (10.0, 20.0))
    under = UnderWay(spent_s=20.0, start_s=10.0, slices_done=30, slices_planned=40)
    found = outlook(times, 2, [40, 40], under)
    assert found.generations_expected == 3
    assert found.remaining_s == pytest.approx(5.0)


@given(
    st.integers(1, 12),
    st.integers(0, 12),
    st.floats(0, 500),
    st.one_of(st.none(), st.floats(0, 100)),
    st.integers(0, 200),
    st.integers(0, 200),
)
def test_what_remains_is_never_negative(
    done: int, expected: int, spent_s: float, start_s: float | None, slices_done: int, planned: int
) -> None:
    under = UnderWay(spent_s, start_s, slices_done, planned)
    found = outlook(_times(*[(10.0, 20.0)] * done), expected, [40] * done, under)
    assert found.remaining_s is not None
    assert found.remaining_s >= 0
    assert found.generation < found.generations_expected
