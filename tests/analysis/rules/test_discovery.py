"""Rules are found, not listed: each file's rule, in an order that does not change, and none twice."""

import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from analysis import rules
from analysis.rules.discovery import all_limits, known_rules
from analysis.rules.rule import Rule, RunRule, SliceRule
from analysis.validity import limits
from authbench.contracts.failure import Failure

GROUND = {"rule", "discovery", "table"}


def test_every_file_has_a_rule_of_its_name() -> None:
    files = {path.stem for path in Path(rules.__path__[0]).glob("*.py")} - GROUND - {"__init__"}
    homes = {type(rule).__module__.rsplit(".", 1)[1] for rule in known_rules().values()}
    assert homes == files
    for code, rule in known_rules().items():
        if re.fullmatch(r"V\d\d|STALL", code):
            assert code.lower() in type(rule).__module__


def test_each_rule_says_what_it_refuses_and_begins_with_its_code() -> None:
    for code, rule in known_rules().items():
        assert rule.lie
        assert (type(rule).__doc__ or "").startswith(f"{code} ")
        if not isinstance(rule, (SliceRule, RunRule)):
            assert callable(getattr(rule, "check", None)), f"{code} is judged nowhere"


def test_findings_keep_their_order() -> None:
    """Reports and stored summaries list findings in this order."""
    asked = [rule for rule in known_rules().values() if isinstance(rule, RunRule)]
    assert [rule.code for rule in asked if rule.correctness] == [
        *("V01", "V11", "V12", "V13", "V14", "V23", "V24", "V32", "V33", "V45")
    ]
    assert [rule.code for rule in asked if not rule.correctness] == [
        *("STALL", "V02", "V03", "V05", "V06/V07/V10", "V06", "V08", "V09", "V15", "V22"),
        *("V27", "V28", "V29", "V30", "V34", "V41", "V42", "V11/V13/V32/V33", "V08/V27/V28"),
    ]


def test_every_limit_belongs_to_a_rule_and_is_printed_once() -> None:
    assert len(set(all_limits())) == len(all_limits())
    declared = {limit for rule in known_rules().values() for limit in rule.limits}
    assert {limit for limit in limits.ALL if limit.rule} <= declared
    for code, rule in known_rules().items():
        assert all(set(limit.rule.split("/")) <= set(code.split("/")) for limit in rule.limits)


RULE_FILE = """
from analysis.rules.rule import Rule
from analysis.validity.limits import Limit

class {name}(Rule):
    '''V98 refuses a figure on a Friday.'''
    code = "V98"
    lie = "weekdays do not matter"
    judged = "figure"
    limits = (Limit("V98", 5, "weekday", "on which no figure is given", "convention"),)
"""


def _package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *names: str) -> ModuleType:
    package = ModuleType(f"rules_of_{tmp_path.name}")
    package.__path__ = [str(tmp_path)]
    monkeypatch.setitem(sys.modules, package.__name__, package)
    for name in names:
        (tmp_path / f"{name.lower()}.py").write_text(RULE_FILE.format(name=name))
    return package


def test_one_more_file_is_one_more_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: dict[str, Rule] = known_rules(_package(tmp_path, monkeypatch, "Friday"))
    assert [(code, rule.lie) for code, rule in found.items()] == [("V98", "weekdays do not matter")]
    assert found["V98"].finding("tag", "the run", "it is Friday").rule == "V98"


def test_two_rules_of_one_code_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(
        Failure, match=r"friday:Friday and .*monday:Monday have the same code 'V98': give one"
    ):
        known_rules(_package(tmp_path, monkeypatch, "Friday", "Monday"))
