"""The application has a processor of its own wherever there are two."""

from hypothesis import given
from hypothesis import strategies as st

from loadtests.harness.processes.placement import plan_layout, record_placement


@given(st.sets(st.integers(0, 127), min_size=2))
def test_nothing_shares_with_the_application(available: set[int]) -> None:
    layout = plan_layout(available)
    assert len(layout.app) == 1
    others = {*layout.generator, *layout.store, *layout.harness}
    assert not others & set(layout.app)
    assert {*layout.all} <= available


@given(st.sets(st.integers(0, 127), min_size=3))
def test_the_store_has_its_own_from_three_on(available: set[int]) -> None:
    layout = plan_layout(available)
    assert not set(layout.store) & {*layout.generator, *layout.app}
    assert {*layout.all} == available


def test_one_processor_is_shared_by_all_and_the_record_says_so() -> None:
    layout = plan_layout({5})
    assert layout.app == layout.generator == layout.store == (5,)
    placement = record_placement([5], [5], [5], [5])
    assert placement.shared == [
        "application and generator share processor 5",
        "application and store share processor 5",
        "generator and store share processor 5",
    ]


def test_two_processors_share_one_between_generator_and_store() -> None:
    assert record_placement([1], [0], [0], [0]).shared == ["generator and store share processor 0"]
    assert record_placement([3], [0, 1], [2], [0, 1]).shared == []
    assert record_placement([1], [0], None, [0]).shared == []


@given(st.sets(st.integers(0, 127), min_size=1), st.booleans(), st.booleans())
def test_a_part_that_is_elsewhere_leaves_its_processor_to_the_load(
    available: set[int], application: bool, store: bool
) -> None:
    layout = plan_layout(available, application=application, store=store)
    assert bool(layout.app) is application
    assert bool(layout.store) is store
    assert layout.generator
    assert {*layout.all} == available
