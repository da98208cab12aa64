import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.card import Operation
from loadtests.schedule.mix import Load, Mix, closed_load, open_load

READ, LOGIN, LOGOUT, REFRESH = Operation.READ, Operation.LOGIN, Operation.LOGOUT, Operation.REFRESH
POPULATION = {READ: 100, LOGIN: 7, LOGOUT: 5, REFRESH: 3}
USERS = {READ: 0.7, LOGIN: 0.2, LOGOUT: 0.1}
seeds = st.integers(0, 2**63 - 1)


def rows(load: Load, *operations: Operation) -> list[tuple[int, int, int]]:
    columns = zip(load.due_ns.tolist(), load.operation.tolist(), load.credential.tolist(), strict=True)
    return [row for row in columns if row[1] in {operation.code for operation in operations}]


@given(seeds, st.sampled_from(["uniform", "zipf"]))
def test_the_seed_decides_everything_and_rows_are_in_due_order(seed: int, draw: str) -> None:
    mix = Mix(USERS, {REFRESH: 0.5}, draw)  # type: ignore[arg-type]
    load, again = (open_load(mix, 300, 0.5, seed, POPULATION) for _ in range(2))
    assert rows(load, *Operation) == rows(again, *Operation)
    assert np.all(np.diff(load.due_ns) >= 0)
    assert {column.dtype for column in (load.due_ns, load.operation, load.credential)} == {np.dtype(np.int64)}


@given(seeds, st.sampled_from(["uniform", "zipf"]))
def test_users_requests_are_the_same_with_and_without_housekeeping(seed: int, draw: str) -> None:
    plain = open_load(Mix(USERS, {}, draw), 300, 0.5, seed, POPULATION)  # type: ignore[arg-type]
    kept = open_load(Mix(USERS, {REFRESH: 0.5}, draw), 300, 0.5, seed, POPULATION)  # type: ignore[arg-type]
    assert rows(kept, *USERS) == rows(plain, *Operation)
    assert len(kept.due_ns) > len(plain.due_ns)


def test_credentials_of_one_operation_do_not_depend_on_another() -> None:
    alone = closed_load(Mix({READ: 1.0}), 50, 3, POPULATION)
    among = closed_load(Mix({READ: 0.5, LOGIN: 0.5}), 50, 3, POPULATION)
    its = among.credential[among.operation == READ.code]
    assert np.array_equal(its, alone.credential[: len(its)])


def test_shares_and_housekeeping_are_kept_to() -> None:
    load = open_load(Mix(USERS, {REFRESH: 0.02}), 10_000, 10, 5, POPULATION)
    counts = np.bincount(load.operation, minlength=len(Operation))
    assert counts[[READ.code, LOGIN.code, LOGOUT.code]] == pytest.approx([70_000, 20_000, 10_000], rel=0.03)
    assert counts[REFRESH.code] == pytest.approx(2_000, rel=0.1)


def test_a_closed_loop_asks_in_the_same_proportions() -> None:
    load = closed_load(Mix(USERS, {REFRESH: 0.02}), 100_000, 5, POPULATION)
    counts = np.bincount(load.operation, minlength=len(Operation))
    assert counts[[READ.code, LOGIN.code, LOGOUT.code]].sum() == 100_000
    assert counts[[READ.code, LOGIN.code, LOGOUT.code]] == pytest.approx([70_000, 20_000, 10_000], rel=0.03)
    assert counts[REFRESH.code] == pytest.approx(2_000, rel=0.1)
    places = np.flatnonzero(load.operation == REFRESH.code)
    assert places[len(places) // 2] == pytest.approx(51_000, rel=0.1)  # spread, not at an end


def test_uniform_is_without_repeats_and_zipf_prefers_the_first() -> None:
    uniform = open_load(Mix({READ: 1.0}), 90, 1, 2, {READ: 1000})
    assert len(set(uniform.credential.tolist())) == len(uniform.credential)
    zipf = open_load(Mix({READ: 1.0}, draw="zipf", zipf_exponent=1.5), 900, 1, 2, {READ: 1000})
    assert np.bincount(zipf.credential).argmax() == 0
    assert len(set(zipf.credential.tolist())) < len(zipf.credential)


@pytest.mark.parametrize("draw", ["uniform", "zipf"])
def test_what_is_used_up_is_numbered_whatever_the_draw(draw: str) -> None:
    load = open_load(Mix({READ: 0.5, LOGOUT: 0.5}, draw=draw), 100, 1, 2, POPULATION)  # type: ignore[arg-type]
    numbers = load.credential[load.operation == LOGOUT.code]
    assert numbers.tolist() == list(range(len(numbers)))


def test_what_the_arm_has_no_requests_of_is_refused() -> None:
    with pytest.raises(ValueError, match="asks for login, and the arm has no requests of it"):
        open_load(Mix({LOGIN: 1.0}), 10, 1, 1, {READ: 5})
