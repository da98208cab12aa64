import pytest

from analysis.readme.capacity_blocks import NO_SIZES, capacity_document
from authbench.contracts.failure import Failure
from tests.analysis.capacity.runs import carries_rps, reference
from tests.analysis.store_size.reports import report

BLOCK = "<!-- figures: {} -->\nold\n<!-- end of figures -->\n"


def test_the_tables_are_of_the_committed_run() -> None:
    summary, manifest = reference()
    written = capacity_document(
        BLOCK.format("rules-per-core") + BLOCK.format("held-out"), (summary, manifest)
    )
    assert f"| session-redis | read | {carries_rps('session-redis'):,.0f} [" in written
    assert f"run `{summary.run_id}`" in written
    assert written.count("application cores busy") >= 6, "three schemes, two loads"
    assert "old" not in written


def test_an_unknown_block_is_one_line() -> None:
    with pytest.raises(Failure, match="unknown block of figures 'rules'"):
        capacity_document(BLOCK.format("rules"), reference())


def test_store_sizes_are_those_of_the_reports() -> None:
    written = capacity_document(BLOCK.format("store-sizes"), reference(), [], [report()])
    assert "Bytes in the store, 1,000 logins (Valkey 9.1.2, allocator libc, run `" in written
    assert "| session-redis | 0 B | 1,300 [1,300, 1,300] | 900 |" in written
    assert "| noeviction | 0 | 0 of 400 | 10 of 10 |" in written
    assert NO_SIZES in capacity_document(BLOCK.format("store-sizes"), reference())


def test_a_run_of_each_operation_alone_gives_the_rules() -> None:
    summary, manifest = reference()
    other = summary.model_copy(update={"run_id": "alone"})
    written = capacity_document(BLOCK.format("rules-per-core"), reference(), [(other, manifest)])
    assert "run `alone`" in written
    both = capacity_document(BLOCK.format("rules-per-core"), reference(), [(other, manifest), reference()])
    assert f"runs `alone`, `{summary.run_id}`" in both
    assert both.count("| jwt-rs256 | read |") == 1, "of the first run alone"
