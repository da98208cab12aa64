"""A number that is not 0 never reads 0, in the terminal, in documents and on the page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.validity.decimals import decimals, fill

VECTORS: list[tuple[str, float, str]] = json.loads(
    Path(__file__).with_name("decimals.json").read_text("utf-8")
)
"""Template, value and text; tests/analysis/report/scripts/test_wording.py holds the page to the same."""


@pytest.mark.parametrize(("template", "value", "text"), VECTORS)
def test_a_template_is_filled_as_the_vectors_say(template: str, value: Any, text: str) -> None:
    assert fill(template, value=value) == text


@given(st.floats(-1e12, 1e12), st.integers(0, 3), st.booleans())
def test_what_is_written_is_near_what_is_meant(value: float, digits: int, sign: bool) -> None:
    text = decimals(value, digits, sign=sign)
    assert bool(re.search("[1-9]", text.partition("e")[0])) == (value != 0)
    near = abs(float(text.replace(",", "")) - value)
    assert near <= max(0.05 * abs(value), 1e-300) or near <= 0.5 * 10**-digits + 1e-9 * abs(value)
    assert not sign or text[0] in "+-"
