"""The formulas, by inputs and results that a person can compute; other languages use the same file."""

import inspect
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.capacity import formulas

VECTORS: dict[str, list[dict[str, Any]]] = json.loads(
    Path(__file__).with_name("vectors.json").read_text("utf-8")
)
ROWS = [(name, row) for name, rows in VECTORS.items() for row in rows]
POSITIVE = st.floats(min_value=0.01, max_value=1e5)


def test_every_formula_has_vectors() -> None:
    own = {name for name, one in inspect.getmembers(formulas, inspect.isfunction)}
    assert own == VECTORS.keys()


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_a_formula_gives_what_the_vector_says(name: str, row: dict[str, Any]) -> None:
    wanted = math.inf if row["gives"] == "infinity" else row["gives"]
    formula = getattr(formulas, name)
    assert formula(**row["given"]) == pytest.approx(wanted)
    can_be_drawn = {
        key for key, one in inspect.signature(formula).parameters.items() if one.annotation is not float
    }
    draws = {
        key: np.array([value, value], float) if key in can_be_drawn else value
        for key, value in row["given"].items()
    }
    assert np.asarray(formula(**draws)) == pytest.approx(np.full(2, wanted)), "an array gives the same"


@given(rate=POSITIVE, gap=POSITIVE, visits=st.integers(1, 4), each=st.integers(5, 9))
def test_at_its_break_even_a_token_lifetime_sends_as_many_commands(
    rate: float, gap: float, visits: int, each: int
) -> None:
    lifetime = formulas.break_even_token_lifetime_s(gap, visits, each)
    assert formulas.refreshes_per_s(rate, gap, lifetime) * each == pytest.approx(rate * visits)
    by_timer = formulas.break_even_token_lifetime_by_timer_s(gap, visits, each)
    assert formulas.refreshes_by_timer_per_s(rate, gap, by_timer) * each == pytest.approx(rate * visits)


@given(rate=POSITIVE, outage=POSITIVE, lifetime=POSITIVE)
def test_at_its_break_even_an_outage_loses_as_many_requests(
    rate: float, outage: float, lifetime: float
) -> None:
    longer = formulas.break_even_outage_s(outage, lifetime)
    lost = formulas.lost_by_tokens(rate, longer, lifetime)
    assert lost == pytest.approx(formulas.lost_by_sessions(rate, outage))


@given(
    cores=st.floats(0.01, 500), per_node=st.integers(1, 64), spare=st.integers(0, 5), zones=st.integers(2, 6)
)
def test_what_is_left_is_enough(cores: float, per_node: int, spare: int, zones: int) -> None:
    nodes = float(formulas.nodes_for(cores, per_node, spare, zones))
    needed = max(1, math.ceil(cores / per_node - 1e-9))
    assert nodes % zones == 0
    assert nodes - spare >= needed
    assert nodes - nodes / zones >= needed
