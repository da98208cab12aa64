from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from loadtests.harness.run.stopwatch import Stopwatch


def test_each_step_gets_the_time_since_the_one_before() -> None:
    times = iter([10.0, 13.0, 14.0, 20.0, 21.5, 100.0, 101.0, 200.0])
    watch = Stopwatch(lambda: next(times))
    watch.lap("stop")
    watch.lap("start")
    watch.skip()  # nothing of it belongs to a step
    watch.lap("start")
    assert watch.take() == {"stop": 3.0, "start": 2.5}
    watch.lap("stop")
    assert watch.take() == {"stop": 1.0}


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 1000)), min_size=1))
def test_steps_add_up_to_the_whole(laps: Sequence[tuple[str, int]]) -> None:
    now = 0.0

    def clock_s() -> float:
        return now

    watch = Stopwatch(clock_s)
    for step, seconds in laps:
        now += seconds
        watch.lap(step)
    taken = watch.take()
    assert sum(taken.values()) == now
    assert list(taken) == list(dict.fromkeys(step for step, _ in laps)), "in the order in which they began"
