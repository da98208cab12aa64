"""The list of rules is true: each has its module, and no finding carries a code that is not listed."""

import re
from pathlib import Path

from analysis import rules
from analysis.rules.catalogue import RULES
from analysis.validity.limits import ALL

MODULES = Path(rules.__path__[0]).rglob("*.py")
ELSEWHERE = {"V25", "V31", "V39", "V40"}
"""Judged where they arise: planning, stages, the comparison of two runs, and the tests of all these."""


def test_every_rule_that_is_judged_has_a_module_of_its_name() -> None:
    named = {path.stem.split("_")[0].upper() for path in MODULES}
    judged = {code for code, rule in RULES.items() if rule.judged != "absent"}
    assert judged - ELSEWHERE <= named
    assert {name for name in named if re.fullmatch(r"V\d\d", name)} <= judged


def test_every_code_that_a_finding_or_a_limit_carries_is_listed() -> None:
    source = "".join(path.read_text("utf-8") for path in Path(rules.__path__[0]).rglob("*.py"))
    said = set(re.findall(r'rule="(\w+)"', source))
    limits = {code for limit in ALL for code in limit.rule.split("/") if code}
    assert said | limits <= set(RULES)


def test_what_is_absent_says_why_and_nothing_else_does() -> None:
    assert all(bool(rule.note) == (rule.judged == "absent") for rule in RULES.values())


def test_the_definitions_list_the_rules_that_are_judged() -> None:
    page = (Path(rules.__path__[0]).parents[1] / "docs" / "definitions.md").read_text("utf-8")
    listed = set(re.findall(r"^\| (V\d\d|STALL) \|", page, re.MULTILINE))
    assert {code for code, rule in RULES.items() if rule.judged != "absent"} - ELSEWHERE <= listed
