"""What the page of a run plans with."""

import pytest

from analysis.capacity.break_evens import break_evens, chosen_pair
from analysis.capacity.measured import arm_costs
from analysis.what_if import first_demand, make_panel
from authbench.contracts.experiment import JudgedBy
from tests.analysis.capacity.runs import reference


@pytest.mark.parametrize("which", ["quick", "schemes"])
def test_a_reference_run_can_be_planned_from(which: str) -> None:
    summary, manifest = reference(which)
    panel = make_panel(summary, manifest)
    assert panel is not None
    assert [one.arm for one in panel.schemes] == [arm.arm for arm in summary.arms if arm.role == "arm"]
    pair = chosen_pair(summary, {costs.arm.arm: costs for costs in arm_costs(summary, manifest)})
    assert pair is not None
    assert panel.pair is not None
    assert (panel.pair.session, panel.pair.token) == ("session-redis", "jwt-hs256")
    asked = [one.question for one in break_evens(summary, pair, first_demand(summary))]
    assert [one.question for one in panel.pair.questions] == asked


def test_what_one_process_holds_is_refused_by_the_plans_words() -> None:
    panel = make_panel(*reference())
    assert panel is not None
    refused = {one.arm: one.cannot_grow for one in panel.schemes if one.cannot_grow}
    assert list(refused) == ["session-memory"]
    assert "cannot be spread over nodes" in refused["session-memory"]


def test_at_first_the_rate_is_that_of_the_run_and_nobody_is_active_who_is_not_logged_in() -> None:
    summary, _ = reference()
    assert summary.so_what is not None
    demand = first_demand(summary)
    assert demand.peak_rps == round(summary.so_what.rate_rps)
    assert demand.users is not None
    assert demand.request_gap_s is not None
    assert demand.peak_rps * demand.request_gap_s <= demand.users
    assert demand.prices is None


def test_nothing_is_planned_from_a_run_that_is_invalid_or_too_short() -> None:
    summary, manifest = reference()
    assert make_panel(summary.model_copy(update={"status": "INVALID"}), manifest) is None
    only_works = manifest.experiment.model_copy(update={"judged_by": JudgedBy.CORRECTNESS})
    assert make_panel(summary, manifest.model_copy(update={"experiment": only_works})) is None


def test_a_small_rate_is_shown_first_as_it_is() -> None:
    summary, _ = reference()
    assert summary.so_what is not None
    for rate, shown in ((0.3, 0.3), (7.53, 7.5), (1234.5, 1234)):
        small = summary.so_what.model_copy(update={"rate_rps": rate})
        assert first_demand(summary.model_copy(update={"so_what": small})).peak_rps == shown
