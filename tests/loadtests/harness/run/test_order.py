"""Order and seeds are pure functions of the run's seed."""

from collections import Counter
from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from loadtests.harness.run.order import orders, schedule_seed, williams_square


@given(st.integers(2, 9))
def test_a_williams_square_lets_every_treatment_follow_every_other_equally_often(size: int) -> None:
    rows = williams_square(size)
    assert all(sorted(row) == list(range(size)) for row in rows)
    following = Counter(pair for row in rows for pair in pairwise(row))
    assert len(following) == size * (size - 1)
    assert len(set(following.values())) == 1


@given(st.integers(2, 9), st.integers(0, 2**32))
def test_every_position_is_taken_equally_often(size: int, seed: int) -> None:
    arms = [f"arm{index}" for index in range(size)]
    whole = size if size % 2 == 0 else 2 * size
    cycles = list(islice(orders(arms, seed), 3 * whole))
    for position in range(size):
        assert len(set(Counter(cycle[position] for cycle in cycles).values())) == 1


def test_orders_repeat_with_the_seed_and_differ_without_it() -> None:
    arms = ["a", "b", "c", "d"]
    first = list(islice(orders(arms, 1), 20))
    assert first == list(islice(orders(arms, 1), 20))
    assert first != list(islice(orders(arms, 2), 20))


def test_each_kind_of_cycle_has_orders_of_its_own_and_a_resumed_run_goes_on_with_them() -> None:
    arms = ["a", "b", "c", "d"]
    main, saturated = (list(islice(orders(arms, 1, kind), 20)) for kind in ("", "saturated/"))
    assert main != saturated
    assert list(islice(orders(arms, 1, "saturated/", skip=7), 13)) == saturated[7:]


def test_a_cycle_has_one_schedule_and_another_cycle_another() -> None:
    assert schedule_seed(7, 0, 3) == schedule_seed(7, 0, 3)
    seeds = {
        schedule_seed(run, generation, cycle)
        for run in (1, 2)
        for generation in (0, 1)
        for cycle in range(50)
    }
    assert len(seeds) == 200
