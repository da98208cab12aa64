import pytest

from analysis.capacity.core_rules import core_rules
from analysis.capacity.demand import demand_at
from analysis.capacity.document import markdown_table, rule_rows
from analysis.capacity.measured import arm_costs
from analysis.capacity.plan import make_plan
from analysis.statistics.estimate import Estimate
from authbench.contracts.failure import Failure
from tests.analysis.capacity.runs import carries_rps, mixed, reference


def test_only_what_was_measured_alone_has_a_figure() -> None:
    costs = next(one for one in arm_costs(*reference()) if one.arm.arm == "session-redis")
    rules = {rule.operation: rule for rule in core_rules([costs], 0.6)}
    assert list(rules) == ["read", "write", "login", "logout"], "a session is not refreshed"
    read = rules["read"]
    assert read.carries_rps is not None
    assert read.carries_rps.value == pytest.approx(carries_rps("session-redis"), rel=0.01)
    app, served = costs.arm.cpu_app_us, costs.arm.throughput
    assert app.high is not None
    assert served is not None
    assert read.carries_rps.low == pytest.approx(0.6e6 / app.high, rel=0.01)
    assert read.tested_to_rps == served.rps.value
    assert {rules[name].why_not for name in ("write", "login", "logout")} == {"not measured"}


def test_a_mix_is_one_rule_and_hashing_bounds_logins() -> None:
    costs = next(one for one in arm_costs(*mixed()) if one.arm.arm == "session-redis")
    rules = {rule.operation: rule for rule in core_rules([costs], 0.6)}
    assert "this run's mix" in rules
    assert rules["read"].why_not == "not measured"
    login = rules["login (hashing alone: at most)"].carries_rps
    assert login is not None
    assert login.value == pytest.approx(0.6e6 / 30_000, rel=0.01)


def test_an_arm_of_one_operation_stands_for_its_scheme() -> None:
    """Its cost is that of the whole operation, hashing included, and its limit its own."""
    summary, manifest = reference()
    session = next(arm for arm in summary.arms if arm.arm == "session-redis")
    reads = session.operations["read"]
    logins = session.model_copy(
        update={
            "arm": "session-redis login",
            "operations": {"login": reads},
            "cpu_app_us": Estimate(value=2_000, low=1_000, high=3_000),
            "cpu_password_us": Estimate(value=28_000, low=27_999, high=28_001),
            "user_requests": reads.requests,
            "cpu_app_minus_control_us": Estimate(reason="the control is asked something else"),
        }
    )
    arms = [*summary.arms, logins]
    every = arm_costs(summary.model_copy(update={"arms": arms}), manifest)
    rules = {(rule.arm, rule.operation): rule for rule in core_rules(every, 0.6)}
    assert {arm for arm, _ in rules} == {"session-memory", "session-redis", "jwt-hs256", "jwt-rs256"}
    login = rules["session-redis", "login"].carries_rps
    assert login is not None
    assert (login.value, login.low) == pytest.approx((20, 0.6e6 / 31_000), rel=0.01)
    assert rules["jwt-hs256", "login"].why_not == "not measured"


def test_a_run_without_reads_has_rules_and_no_plan() -> None:
    summary, manifest = reference()
    arms = [
        arm.model_copy(update={"operations": {"add-order": arm.operations["read"]}}) for arm in summary.arms
    ]
    writes = summary.model_copy(update={"arms": arms})
    rules = core_rules(arm_costs(writes, manifest), 0.6)
    assert {(rule.arm, rule.operation) for rule in rules if rule.carries_rps} == {
        (scheme, "write") for scheme in ("session-memory", "session-redis", "jwt-hs256", "jwt-rs256")
    }
    with pytest.raises(Failure, match="none of them reads"):
        make_plan(writes, manifest, demand_at(100))


def test_the_table_has_a_row_for_each_scheme_and_measured_operation() -> None:
    heads, cells = rule_rows(core_rules(arm_costs(*reference()), 0.6))
    assert heads == ["scheme", "operation", "requests/s", "measured at", "tested to"]
    assert [row[:2] for row in cells if row[2] != "not measured"] == [
        [scheme, "read"] for scheme in ("session-memory", "session-redis", "jwt-hs256", "jwt-rs256")
    ]
    assert ["jwt-hs256", "write, login, refresh, logout", "not measured", "-", "-"] in cells
    assert markdown_table((heads, cells)).startswith("| scheme | operation |")
