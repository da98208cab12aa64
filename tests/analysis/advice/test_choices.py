"""The page's table says of each context what the rules say of it."""

import math
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.advice.advise import advise
from analysis.advice.choices import GROUPS, make_choices, questions_of, tables_of
from analysis.advice.context import Context
from analysis.report.panels.choices import Choices
from analysis.security.evidence import evidence_in
from authbench.cli.shared.cards import known_cards
from authbench.contracts.toml_file import read_model
from tests.analysis.capacity.runs import REFERENCE, ROOT, reference

QUESTIONS = [question for keys in GROUPS for key in keys for question in questions_of(key)]
"""In the order of the table."""


@cache
def _table() -> Choices:
    made = make_choices(*reference(), known_cards(), evidence_in(REFERENCE))
    assert made is not None
    return made


def _looked_up(answers: list[Any]) -> list[set[tuple[str, str, str, str]]]:
    """What the page finds, scheme by scheme."""
    table, left = _table(), list(zip(QUESTIONS, answers, strict=True))
    found: list[set[tuple[str, str, str, str]]] = [set() for _ in table.schemes]
    for group in table.groups:
        own, left = left[: len(group.choices)], left[len(group.choices) :]
        place = 0
        for question, answer in own:
            place = place * len(question.values) + question.values.index(answer)
        for scheme, numbers in enumerate(group.reasons[place]):
            for one in (table.reasons[number] for number in numbers):
                found[scheme].add((one.effect, one.source, one.by, one.words))
    return found


def _advised(context: Context) -> list[set[tuple[str, str, str, str]]]:
    names = [one.scheme for one in _table().schemes]
    told = advise(context, known_cards(), names, evidence_in(REFERENCE), reference()[0])
    return [
        {(reason.effect, reason.source, reason.by, reason.words) for reason in one.reasons}
        for one in told.schemes
    ]


@settings(max_examples=20)
@given(st.tuples(*(st.sampled_from(question.values) for question in QUESTIONS)))
def test_every_context_that_can_be_chosen_means_what_the_rules_say(answers: tuple[Any, ...]) -> None:
    context = Context.model_validate(tables_of(QUESTIONS, answers))
    assert _looked_up(list(answers)) == _advised(context)


def test_every_key_of_a_context_that_a_rule_reads_can_be_chosen() -> None:
    said = {key for key, _ in read_model(ROOT / "docs" / "context.example.toml", Context).said()}
    assert said - {key for keys in GROUPS for key in keys} == {"requirements.peak_rps"}
    every = {f"{table}.{key}" for table in ("service", "threats", "requirements") for key in _keys(table)}
    assert every - {key for keys in GROUPS for key in keys} == {"requirements.peak_rps"}


def _keys(table: str) -> list[str]:
    return list(type(getattr(Context(), table)).model_fields)


def test_the_table_is_whole() -> None:
    for group in _table().groups:
        assert len(group.reasons) == math.prod(len(choice.answers) for choice in group.choices)
        assert {len(row) for row in group.reasons} == {len(_table().schemes)}
    names = [choice.name for group in _table().groups for choice in group.choices]
    assert len(set(names)) == len(names)


def test_schemes_that_were_not_in_the_run_are_judged_by_their_cards() -> None:
    names = [one.scheme for one in _table().schemes]
    assert names[:4] == ["session-memory", "session-redis", "jwt-hs256", "jwt-rs256"]
    assert "bff" in names
    assert "none" not in names
    alone = make_choices(*reference(), {}, None)
    assert alone is not None
    assert [one.scheme for one in alone.schemes] == names[:4]


@pytest.mark.parametrize("arms", [[], ["none"]])
def test_a_run_in_which_nobody_is_authenticated_has_no_table(arms: list[str]) -> None:
    summary, manifest = reference()
    left = summary.model_copy(update={"arms": [arm for arm in summary.arms if arm.arm in arms]})
    assert make_choices(left, manifest, {}, None) is None
