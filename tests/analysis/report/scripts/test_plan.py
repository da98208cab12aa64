"""The page plans what `authbench plan` plans: every figure, refusal, break-even and sentence."""

import datetime
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page
from pydantic import ValidationError

from analysis.capacity.demand import Demand, Prices
from analysis.capacity.document import cell
from analysis.capacity.plan import make_plan
from analysis.data.store_sizes import StoreSizes, store_sizes_in
from analysis.what_if import first_demand, make_panel
from tests.analysis.capacity.runs import REFERENCE, Run, cheap, reference
from tests.analysis.report.scripts.pages import scripts
from tests.chromium import chromium

SHOWN = (
    "busy_cores",
    "cores",
    "nodes",
    "store_commands",
    "store_memory",
    "store_busy",
    "store_nodes",
    "store_connections",
    "request_mbit",
    "month_cost",
)
RUNS: dict[str, Callable[[], Run]] = {
    "quick": reference,
    "schemes": lambda: reference("schemes"),
    "cheap": cheap,
}
PRICES = {"per_core_hour": 0.04, "per_store_node_hour": 0.2, "per_gib_transferred": 0.01}
DEMANDS: dict[str, dict[str, float]] = {
    "as at first": {},
    "one node": {"peak_rps": 100},
    "hardly anybody": {"peak_rps": 0.3, "users": 5, "store_outage_s": 1},
    "far store, grown": {"growth": 2.5, "store_rtt_ms": 0.5, "token_lifetime_s": 60},
    "beyond what was measured": {"peak_rps": 40_000, "users": 250_000, "store_outage_s": 3600},
    "more nodes for one": {"peak_rps": 7700, "users": 50_000},
    "with prices": PRICES,
    "a dear core": {**PRICES, "per_core_hour": 3, "per_gib_transferred": 0},
}


_PLAN = """([panel, demand]) => {
  const told = planning.plan(panel, demand);
  const units = { nodes: "nodes", store_nodes: "nodes", store_memory: "bytes" };
  for (const sizes of Object.values(told.sizes))
    for (const [name, one] of Object.entries(sizes)) one.shown = planning.withInterval(one, units[name]);
  return told;
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium("the page's plan cannot be held to Python's") as opened:
        yield opened


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    with scripts(browser, "wording", "formulas", "plan") as opened:
        yield opened


def _given(run: Run, changes: dict[str, float]) -> tuple[dict[str, float | None], Demand]:
    """The page's inputs, and the demand that says the same."""
    panel = make_panel(*run)
    assert panel is not None
    inputs = {one.key: one.value for one in panel.controls} | changes
    prices = {key: inputs[key] for key in PRICES}
    values: dict[str, Any] = {key: value for key, value in inputs.items() if key not in PRICES}
    values["users"] = int(values["users"])
    if prices["per_core_hour"]:
        day = datetime.date(2026, 11, 1)
        values["prices"] = Prices(currency="EUR", date=day, source="us", **prices)
    return inputs, Demand(**values)


@pytest.mark.parametrize("sizes", [None, store_sizes_in(REFERENCE)], ids=["sizes of the run", "store sizes"])
@pytest.mark.parametrize("which", RUNS)
@pytest.mark.parametrize("asked", DEMANDS)
def test_the_page_plans_what_python_plans(
    page: Page, which: str, asked: str, sizes: StoreSizes | None
) -> None:
    run = RUNS[which]()
    panel = make_panel(*run, sizes)
    assert panel is not None
    inputs, demand = _given(run, DEMANDS[asked])
    data = panel.model_dump(mode="json")
    told = page.evaluate(_PLAN, [data, inputs])
    assert page.evaluate("([panel, demand]) => planning.refusal(panel, demand)", [data, inputs]) == ""
    plan = make_plan(*run, demand, sizes)
    assert told["sentence"] == plan.sentence
    for scheme in plan.scenarios[0].schemes:
        found = told["sizes"][scheme.arm]
        assert set(found) == {name for name in SHOWN if scheme.of(name)}, scheme.arm
        for name, own in found.items():
            wanted = scheme.of(name)
            assert wanted is not None
            numbers = {key: own[key] for key in ("value", "low", "high")}
            assert numbers == pytest.approx(wanted.model_dump(include=set(numbers))), (scheme.arm, name)
            assert own["refused"] == wanted.refused, (scheme.arm, name)
            if not wanted.refused:
                assert own["shown"] == cell(wanted)
    wanted_breaks = {one.name: one for one in plan.break_evens if one.at}
    assert told["breaks"].keys() == wanted_breaks.keys()
    for name, answer in told["breaks"].items():
        at = wanted_breaks[name].at
        assert at is not None
        numbers = {key: answer["at"][key] for key in ("value", "low", "high")}
        assert numbers == pytest.approx(at.model_dump(include=set(numbers))), name
        assert answer["distance"] == pytest.approx(wanted_breaks[name].distance), name
    sentences = " ".join(one.sentence for one in plan.break_evens)
    for said in told["consequences"]:
        assert said.removesuffix(".").rpartition(": ")[2] in sentences


def test_no_price_gives_no_cost(page: Page) -> None:
    panel = make_panel(*reference())
    assert panel is not None
    for changes in ({}, {"per_store_node_hour": 0.2}, {"per_core_hour": 0.04}):
        inputs, _ = _given(reference(), {})
        told = page.evaluate(
            "([panel, demand]) => planning.plan(panel, demand).sizes",
            [panel.model_dump(mode="json"), inputs | changes],
        )
        assert "month_cost" not in told["session-redis"], "a price of its store is missing"
        assert ("month_cost" in told["session-memory"]) == ("per_core_hour" in changes)


@pytest.mark.parametrize(
    "changes",
    [{"request_gap_s": 1e6}, {"growth": 0.5}, {"store_rtt_ms": 2000}, {"request_gap_s": 20, "users": 100}],
)
def test_what_python_refuses_to_read_the_page_refuses_in_the_same_words(
    page: Page, changes: dict[str, float]
) -> None:
    panel = make_panel(*reference())
    assert panel is not None
    inputs = {one.key: one.value for one in panel.controls} | changes
    said = page.evaluate(
        "([panel, demand]) => planning.refusal(panel, demand)", [panel.model_dump(mode="json"), inputs]
    )
    with pytest.raises(ValidationError) as refused:
        Demand(**first_demand(reference()[0]).model_dump(exclude_unset=True) | changes)
    assert said
    assert said in str(refused.value)


@pytest.mark.parametrize(("key", "value"), [("peak_rps", 0), ("peak_rps", None), ("per_core_hour", -1)])
def test_what_is_no_demand_is_refused_under_its_label(page: Page, key: str, value: float | None) -> None:
    panel = make_panel(*reference())
    assert panel is not None
    inputs = {one.key: one.value for one in panel.controls} | {key: value}
    said = page.evaluate(
        "([panel, demand]) => planning.refusal(panel, demand)", [panel.model_dump(mode="json"), inputs]
    )
    label = next(one.label for one in panel.controls if one.key == key)
    assert said.startswith(f"{label}: a number")
