import pytest

from analysis.readme.capacity_blocks import capacity_document
from authbench.contracts.failure import Failure
from tests.analysis.capacity.runs import reference

BLOCK = "<!-- figures: {} -->\nold\n<!-- end of figures -->\n"


def test_the_tables_are_of_the_committed_run() -> None:
    summary, manifest = reference()
    written = capacity_document(BLOCK.format("rules-per-core") + BLOCK.format("held-out"), summary, manifest)
    assert "| session-redis | 1,9" in written
    assert f"run `{summary.run_id}`" in written
    assert written.count("application cores busy") >= 6, "three schemes, two loads"
    assert "old" not in written


def test_an_unknown_block_is_one_line() -> None:
    with pytest.raises(Failure, match="unknown block of figures 'rules'"):
        capacity_document(BLOCK.format("rules"), *reference())
