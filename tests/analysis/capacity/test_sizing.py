"""Store memory of a plan by measured slopes: first logins, further logins, a deny list."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.capacity.demand import Demand
from analysis.capacity.measured import ArmCosts, StoreTested, arm_costs, store_tested
from analysis.capacity.plan_record import Quantity, SchemePlan
from analysis.capacity.sizing import SchemeSizing
from analysis.data.store_sizes import StoreSizes
from authbench.contracts.store_size.report import Added
from tests.analysis.capacity.runs import reference
from tests.analysis.store_size.reports import STORE, denying, report, series, sized

TO_PROVIDE = 1.3 / 0.75


def costs_of(scheme: str) -> ArmCosts:
    """What a session of the committed run costs, under that name."""
    costs = next(one for one in arm_costs(*reference()) if one.arm.arm == "session-redis")
    named = costs.arm.model_copy(update={"arm": scheme, "scheme": scheme})
    return ArmCosts(**{**vars(costs), "arm": named})


def planned(scheme: str, sizes: StoreSizes | None, **demand: object) -> SchemePlan:
    tested = store_tested(reference()[0])
    return SchemeSizing(
        costs_of(scheme), tested, Demand.model_validate({"peak_rps": 500, **demand}), sizes
    ).plan()


def memory_of(plan: SchemePlan) -> Quantity:
    found = plan.of("store_memory")
    assert found is not None, plan.missing
    return found


def sizes() -> StoreSizes:
    """On the store of the committed run."""
    described = store_tested(reference()[0]).described
    assert described == STORE, "a run and a report name a store alike"
    return StoreSizes([report(sized(), sized(payload_bytes=256, login=1600), denying(), store=described)])


def test_logins_take_what_was_measured_and_the_source_is_named() -> None:
    memory = memory_of(planned("session-redis", sizes(), users=2000))
    assert memory.value == pytest.approx(2000 * 1300 * TO_PROVIDE)
    assert memory.refused == ""
    sources = [one.source for one in memory.inputs if one.unit == "bytes"]
    assert sources[0].startswith("run ")
    assert "-store-size-" in sources[0]
    assert sources[0].endswith(", to 1,000")


def test_further_logins_of_a_user_take_less() -> None:
    memory = memory_of(planned("session-redis", sizes(), users=500, sessions_per_user=2))
    assert memory.value == pytest.approx((500 * 1300 + 500 * 500) * TO_PROVIDE)


def test_a_deny_list_is_added() -> None:
    asked = {"users": 500, "revocations_per_s": 0.5, "token_lifetime_s": 900}
    memory = memory_of(planned("jwt-denylist", sizes(), **asked))
    assert memory.value == pytest.approx((500 * 400 + 450 * 100) * TO_PROVIDE)
    without = planned("jwt-denylist", sizes(), users=500)
    assert "deny_list" in without.missing
    longer = planned("jwt-denylist", sizes(), **(asked | {"revocations_per_s": 5}))
    assert "ended logins" in memory_of(longer).refused


def test_nothing_goes_beyond_twice_what_was_measured() -> None:
    assert "2.0 times the 1,000 measured" in memory_of(planned("session-redis", sizes(), users=2001)).refused
    more = planned("session-redis", sizes(), users=1500, sessions_per_user=3)
    assert "further logins" in memory_of(more).refused


def test_session_data_must_have_been_measured() -> None:
    memory = memory_of(planned("session-redis", sizes(), users=500, payload_bytes=256))
    assert memory.value == pytest.approx(500 * 1600 * TO_PROVIDE)
    assert "session-redis --payload 512 measures it" in (
        memory_of(planned("session-redis", sizes(), users=500, payload_bytes=512)).refused
    )


def test_another_store_says_nothing_of_this_one() -> None:
    other = StoreSizes([report(store="Redis 7.4.0, allocator jemalloc-5.3.0")])
    plan = planned("session-redis", other, users=500)
    assert memory_of(plan).value == memory_of(planned("session-redis", None, users=500)).value
    assert any("Redis 7.4.0, allocator jemalloc-5.3.0 was measured there" in note for note in plan.notes)


def test_a_slope_without_interval_is_no_size() -> None:
    few = sized(series=[series(Added.LOGIN, 1300, [0, 10])])
    described = store_tested(reference()[0]).described
    plan = planned("session-redis", StoreSizes([report(few, store=described)]), users=500)
    assert memory_of(plan).value == memory_of(planned("session-redis", None, users=500)).value


def store_nodes_of(plan: SchemePlan) -> Quantity:
    found = plan.of("store_nodes")
    assert found is not None, plan.missing
    return found


def test_more_logins_than_measured_never_need_fewer_store_nodes() -> None:
    small = {"store_node_memory_gib": 0.01}
    known, beyond = (
        store_nodes_of(planned("session-redis", sizes(), users=n, **small)) for n in (2000, 9000)
    )
    assert known.value == 2
    assert known.refused == ""
    assert (beyond.value or 0) > known.value
    assert "live logins are 9.0 times" in beyond.refused, "memory decides, and it is refused"


def test_refused_memory_that_fits_into_the_nodes_leaves_their_number() -> None:
    nodes = store_nodes_of(planned("session-redis", sizes(), users=9000))
    assert (nodes.value, nodes.refused) == (2, "")


def refused_of(plan: SchemePlan) -> set[str]:
    return {one.name for one in plan.quantities if one.refused}


def test_a_second_shard_ends_no_refusal() -> None:
    """Shards share the load: what one of them gets falls where a second begins, and was measured no more."""
    tested = store_tested(reference()[0]).commands_per_s or 0
    costs = costs_of("session-redis")
    assert costs.command_us is not None
    most = 0.6e6 / costs.command_us.value
    assert most > 2 * tested, "one thread is planned to carry more than may be said of it"
    for rate in (2.1 * tested, 0.99 * most, 1.01 * most, 1.9 * most, 2.1 * most, 50 * most):
        nodes = store_nodes_of(planned("session-redis", sizes(), peak_rps=rate, users=1000))
        assert "store commands/s of one thread are" in nodes.refused, rate
    least = store_nodes_of(planned("session-redis", sizes(), peak_rps=1.9 * tested, users=1000))
    assert least.refused == ""


def test_shards_for_commands_make_no_memory_known() -> None:
    """One shard cannot hold what was never measured; a load that needs many of them changes nothing of it."""
    tested = store_tested(reference()[0])
    fast = StoreTested(**{**vars(tested), "commands_per_s": 1e9})
    for rate in (500, 200_000):
        asked = {"peak_rps": rate, "users": 9000, "store_node_memory_gib": 0.01}
        plan = SchemeSizing(costs_of("session-redis"), fast, Demand.model_validate(asked), sizes()).plan()
        assert "live logins are 9.0 times" in store_nodes_of(plan).refused, rate


def edges_rps() -> list[float]:
    """Rates about which something begins to be refused, or a further shard to be needed."""
    tested, costs = store_tested(reference()[0]).commands_per_s, costs_of("session-redis")
    assert tested is not None
    assert costs.command_us is not None
    return [1.0, tested, 0.6e6 / costs.command_us.value]


DEMANDS = st.fixed_dictionaries(
    {
        "peak_rps": st.builds(
            float.__mul__, st.sampled_from(edges_rps()), st.integers(5, 30).map(lambda tenths: tenths / 10)
        ),
        "users": st.sampled_from([100, 1500, 2500, 9000]),
        "growth": st.sampled_from([1.0, 1.5]),
        "logins_per_s": st.sampled_from([0.0, 20.0]),
        "revocations_per_s": st.sampled_from([0.0, 0.5, 5.0]),
        "sessions_per_user": st.sampled_from([1, 1, 3]),
        "token_lifetime_s": st.just(900),
        "password_hash_ms": st.just(30),
        "store_node_memory_gib": st.sampled_from([0.01, 8]),
    }
)


@given(
    scheme=st.sampled_from(["session-redis", "jwt-denylist"]),
    demand=DEMANDS,
    grows=st.sampled_from(["peak_rps", "users", "growth", "logins_per_s", "revocations_per_s"]),
    times=st.sampled_from([1.1, 1.3, 2.0, 5.0]),
)
@settings(max_examples=150, deadline=None)
def test_what_is_refused_stays_refused_as_the_demand_grows(
    scheme: str, demand: dict[str, float], grows: str, times: float
) -> None:
    more = {**demand, grows: type(demand[grows])(demand[grows] * times)}
    before, after = (refused_of(planned(scheme, sizes(), **asked)) for asked in (demand, more))
    assert before <= after
