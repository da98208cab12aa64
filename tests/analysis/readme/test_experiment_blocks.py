"""Each block of the document has the table and the comparisons of its run, or says how to measure it."""

import pytest

from analysis.readme.__main__ import reference_run
from analysis.readme.experiment_blocks import Answered, experiments_document
from analysis.records.summary import Summary
from authbench.contracts.failure import Failure

PAGE = "results/reference/derived/run/report.html"
BLOCK = "# Answers\n\n<!-- figures: {} -->\nold\n<!-- end of figures -->\n"


@pytest.fixture(scope="module")
def summary() -> Summary:
    return Summary.model_validate_json((reference_run() / "summary.json").read_text("utf-8"))


def test_a_run_is_its_table_and_its_comparisons(summary: Summary) -> None:
    arms = [
        arm.model_copy(update={"offered_rps": 1234.0, "marks": {"latency": ["V06"]}})
        if arm.arm == "jwt-rs256"
        else arm
        for arm in summary.arms
    ]
    run = Answered(summary.model_copy(update={"arms": arms}), PAGE)
    written = experiments_document(BLOCK.format("pool"), {"pool": run})
    assert "old" not in written
    assert f"(../{PAGE})" in written
    rows = [line.split(" | ")[0] for line in written.splitlines() if line.startswith("| ")]
    expected = [arm.arm for arm in arms if arm.role != "twin"]
    table = rows[1 : rows.index("| A / B")]
    assert [row.removeprefix("| ").partition(" (")[0] for row in table] == expected
    assert "| jwt-rs256 (at 1,234 requests/s of its own) |" in written
    assert "\\* a rule objects" in written
    primary = next(c for c in summary.comparisons if c.primary and c.metric == summary.primary_metric)
    pair = next(line for line in written.splitlines() if line.startswith(f"| {primary.a} / {primary.b} |"))
    assert f"| {primary.ratio:.3f} [" in pair
    assert pair.endswith(" slower |"), "the median has a verdict of its own"
    assert "Not compared" not in written
    assert "requests/s of one core" in written
    bare = summary.model_copy(
        update={"arms": [arm.model_copy(update={"throughput": None, "marks": {}}) for arm in arms]}
    )
    without = experiments_document(BLOCK.format("pool"), {"pool": Answered(bare, PAGE)})
    assert "requests/s of one core" not in without
    assert "a rule objects" not in without


def test_a_pair_that_is_not_compared_has_its_reason_below(summary: Summary) -> None:
    refused = [
        c.model_copy(update={"ratio": None, "refused_because": "rates differ"}) for c in summary.comparisons
    ]
    run = Answered(summary.model_copy(update={"comparisons": refused}), PAGE)
    written = experiments_document(BLOCK.format("pool"), {"pool": run})
    assert "| not compared | not compared |" in written
    assert "\nNot compared: rates differ.\n" in written


def test_without_a_run_the_document_says_how_to_make_one() -> None:
    written = experiments_document(BLOCK.format("pool"), {"pool": None})
    assert "`authbench run pool --results results/reference`" in written


def test_an_unknown_block_is_one_line() -> None:
    with pytest.raises(Failure, match="unknown block of figures 'pol'"):
        experiments_document(BLOCK.format("pol"), {"pool": None})
