"""The plan of arrivals."""

from loadtests.history.load import plan


def test_a_seed_gives_the_same_plan_and_each_scheme_one_of_its_own() -> None:
    planned = plan(["one", "other"], 50, 4, seed=3)
    assert planned == plan(["one", "other"], 50, 4, seed=3) != plan(["one", "other"], 50, 4, seed=4)
    assert [each.due_ns for each in planned] == sorted(each.due_ns for each in planned)
    assert all(0 <= each.due_ns < 4_000_000_000 for each in planned)
    # Adding a scheme changes nothing of another one's.
    assert [each for each in planned if each.scheme == "one"] == plan(["one"], 50, 4, seed=3)


def test_the_plan_has_the_rate_and_every_kind_of_request() -> None:
    planned = plan(["one"], 200, 20, seed=1)
    assert 3_700 < len(planned) < 4_300  # Poisson, four standard deviations
    assert {each.kind for each in planned} == {
        "read", "read-ended", "public", "order", "end", "refresh", "login",
    }  # fmt: skip
