import pytest

from analysis.capacity.core_rules import core_rules
from analysis.capacity.document import markdown_table, rule_rows
from analysis.capacity.measured import arm_costs
from tests.analysis.capacity.runs import mixed, reference


def test_only_what_was_measured_alone_has_a_figure() -> None:
    costs = next(one for one in arm_costs(*reference()) if one.arm.arm == "session-redis")
    rules = {rule.operation: rule for rule in core_rules(costs, 0.6)}
    assert list(rules) == ["read", "write", "login", "refresh", "logout"]
    read = rules["read"]
    assert read.carries_rps is not None
    assert read.carries_rps.value == pytest.approx(0.6e6 / 315.6, rel=0.01)
    assert read.carries_rps.low == pytest.approx(1804, rel=0.01)
    assert read.tested_to_rps == pytest.approx(3677, rel=0.01)
    assert {rules[name].why_not for name in ("write", "login", "refresh", "logout")} == {"not measured"}


def test_a_mix_is_one_rule_and_hashing_bounds_logins() -> None:
    costs = next(one for one in arm_costs(*mixed()) if one.arm.arm == "session-redis")
    rules = {rule.operation: rule for rule in core_rules(costs, 0.6)}
    assert "this run's mix" in rules
    assert rules["read"].why_not == "not measured"
    login = rules["login (hashing alone: at most)"].carries_rps
    assert login is not None
    assert login.value == pytest.approx(0.6e6 / 30_000, rel=0.01)


def test_the_table_has_a_row_for_each_scheme() -> None:
    rules = [rule for costs in arm_costs(*reference()) for rule in core_rules(costs, 0.6)]
    heads, cells = rule_rows(rules)
    assert heads == ["scheme", "read", "write", "login", "refresh", "logout", "measured at", "tested to"]
    assert [row[0] for row in cells] == ["session-memory", "session-redis", "jwt-hs256", "jwt-rs256"]
    assert markdown_table((heads, cells)).count("\n") == 5
