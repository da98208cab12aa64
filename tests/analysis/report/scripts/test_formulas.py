"""The page's formulas give what those of Python give: both are held to the same vectors."""

import inspect
import math
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from analysis.capacity import formulas
from tests.analysis.capacity.test_formulas import VECTORS
from tests.analysis.report.scripts.pages import scripts
from tests.chromium import chromium


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the page's formulas cannot be held to the vectors") as opened:
        yield opened


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts(browser, "formulas") as opened:
        yield opened


def test_every_formula_of_the_page_gives_what_the_vectors_say(page: Page) -> None:
    names = page.evaluate("Object.keys(formulas)")
    assert set(names) <= VECTORS.keys()
    for name in names:
        for row in VECTORS[name]:
            wanted = math.inf if row["gives"] == "infinity" else row["gives"]
            found = page.evaluate("([name, given]) => formulas[name](given)", [name, row["given"]])
            assert found == pytest.approx(wanted), (name, row)


def test_a_formula_of_the_page_has_the_inputs_of_pythons(page: Page) -> None:
    for name in page.evaluate("Object.keys(formulas)"):
        source = page.evaluate("(name) => formulas[name].toString()", name)
        inside = source.partition("{")[2].partition("}")[0]
        assert [one.strip() for one in inside.split(",")] == list(
            inspect.signature(getattr(formulas, name)).parameters
        )
