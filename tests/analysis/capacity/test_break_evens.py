from datetime import date

import pytest

from analysis.capacity.break_evens import break_evens, chosen_pair
from analysis.capacity.demand import Demand, Prices
from analysis.capacity.measured import arm_costs
from analysis.capacity.plan_record import BreakEven
from analysis.data.store_sizes import StoreSizes
from tests.analysis.capacity.runs import carries_rps, reference
from tests.analysis.store_size.reports import report

DEMAND = Demand(
    peak_rps=2000,
    request_gap_s=4,
    users=10_000,
    token_lifetime_s=900,
    store_rtt_ms=0.5,
    store_outage_s=50,
    revocations_per_s=0.5,
    prices=Prices.model_validate(
        {
            "currency": "EUR",
            "date": date(2026, 11, 1),
            "source": "a contract",
            "per_core_hour": 0.05,
            "per_store_node_hour": 0.2,
            "per_gib_transferred": 0.01,
        }
    ),
)


def _found(
    demand: Demand = DEMAND, peak_us: float = 0.0, sizes: StoreSizes | None = None
) -> dict[str, BreakEven]:
    summary, manifest = reference()
    if peak_us:
        changed = [
            c.model_copy(
                update={"difference": peak_us, "difference_low": peak_us - 5, "difference_high": peak_us + 5}
            )
            if c.primary
            else c
            for c in summary.comparisons
        ]
        summary = summary.model_copy(update={"comparisons": changed})
    costs = {one.arm.arm: one for one in arm_costs(summary, manifest)}
    pair = chosen_pair(summary, costs)
    assert pair is not None
    assert (pair.session.arm.arm, pair.token.arm.arm) == ("session-redis", "jwt-hs256")
    return {one.name: one for one in break_evens(summary, pair, demand, sizes)}


def _at(one: BreakEven) -> float:
    assert one.at is not None
    assert one.at.value is not None
    return one.at.value


def test_each_has_its_value_interval_and_distance() -> None:
    found = _found()
    nodes = found["node_rps"]
    assert nodes.at is not None
    assert nodes.at.low is not None
    assert nodes.at.high is not None
    assert nodes.at.low < _at(nodes) < nodes.at.high
    assert _at(nodes) == pytest.approx(4 * carries_rps("session-redis"), rel=0.01)
    assert nodes.distance == pytest.approx(_at(nodes) / 2000)
    assert _at(found["token_lifetime_s"]) == 4 * (4 - 1), "a refresh sends four commands, a read one"
    assert _at(found["token_lifetime_by_timer_s"]) == 16
    assert found["token_lifetime_s"].distance == pytest.approx(12 / 900)
    assert _at(found["outage_s"]) == 300


def test_a_deny_list_is_as_large_as_the_sessions_by_the_bytes_that_were_measured() -> None:
    found = _found(sizes=StoreSizes([report()]))["revocations_per_s"]
    assert _at(found) == pytest.approx(10_000 * 1300 / (900 * 100))
    assert "an entry takes 100 bytes, a session of session-redis 1,300" in found.sentence
    assert "Not measured: authbench size-store" in _found()["revocations_per_s"].sentence


def test_a_session_that_is_slower_next_to_its_store_is_so_at_any_distance() -> None:
    rtt = _found()["store_rtt_ms"]
    assert _at(rtt) < 0
    assert rtt.distance is None
    assert "longer than jwt-hs256 at any distance of the store; at your 0.5 ms the median" in rtt.sentence


def test_claims_are_paid_for_by_the_cpu_that_a_token_saves() -> None:
    saved_us = next(c.difference for c in reference()[0].comparisons if c.primary)
    assert saved_us is not None
    claims = _found()["claim_bytes"]
    assert _at(claims) == pytest.approx(saved_us * 1e-6 / 3600 * 0.05 / 0.01 * 2**30, rel=0.01)
    assert claims.own is not None
    assert claims.own.value == 237
    assert "saves no CPU" in _found(peak_us=-50)["claim_bytes"].sentence


def test_a_price_turns_nothing_where_both_need_a_store() -> None:
    assert DEMAND.prices is not None
    free = DEMAND.model_copy(update={"prices": DEMAND.prices.model_copy(update={"per_gib_transferred": 0.0})})
    assert _found(free)["price_rps"].sentence.startswith(
        "session-redis is cheaper at no rate: a request with session-redis costs more"
    )
    bytes_too = _found()["price_rps"]
    assert _at(bytes_too) == 0, "237 bytes cost more than the CPU, and the token needs a store as well"
    assert bytes_too.sentence.startswith(
        "session-redis is cheaper at every rate: a request with jwt-hs256 costs more"
    )


def test_what_the_demand_leaves_out_cannot_be_said() -> None:
    found = _found(Demand(peak_rps=2000))
    unsaid = {name for name, one in found.items() if one.at is None}
    assert unsaid == {"token_lifetime_s", "revocations_per_s", "claim_bytes", "outage_s", "price_rps"}
    assert all(one.sentence for one in found.values())


def test_a_run_without_such_a_pair_has_none() -> None:
    summary, manifest = reference()
    costs = {one.arm.arm: one for one in arm_costs(summary, manifest) if one.arm.arm != "session-redis"}
    assert chosen_pair(summary, costs) is None
