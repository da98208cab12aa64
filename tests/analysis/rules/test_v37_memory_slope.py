from pathlib import Path

import pytest

from analysis.data.run import load_run
from analysis.rules.v37_memory_slope import MemorySlope
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import StoreMemory
from tests.analysis.build_run import MiniRun


def _memory(*counts: int) -> StoreMemory:
    sizes = [1000 + 400 * count for count in counts]
    return StoreMemory(bytes_per_credential=400, low=390, high=410, counts=list(counts), bytes=sizes)


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((0, 1000, 2000, 3000), None),
        ((1023, 1024, 1025), None),
        ((0, 1), "at 2 counts"),
        ((1000, 1000, 1000), "at 1 counts"),
        ((0, 1100, 1500, 2000), "no power of two lies between 1100 and 2000"),
    ],
)
def test_a_slope_needs_three_counts_and_a_hash_table_that_doubles(
    counts: tuple[int, ...], words: str | None
) -> None:
    found = MemorySlope().check(_memory(*counts))
    assert (words in found) if words and found else found is words


def test_a_reading_that_is_missing_refuses_it() -> None:
    assert MemorySlope().check(_memory(1000, 2000, 4000).model_copy(update={"bytes": [1, 2]}))


def test_memory_from_one_count_is_not_given(tmp_path: Path) -> None:
    mini = MiniRun(cycles=5)
    mini.manifest["store_memory"]["session-redis"] = _memory(0, 1000)
    arms = {arm.arm: arm for arm in summarize(judge_run(load_run(mini.write(tmp_path)))).arms}
    assert arms["session-redis"].store_memory_bytes.value is None
    assert (arms["session-redis"].store_memory_bytes.reason or "").startswith("V37")
    assert arms["session-redis (twin)"].store_memory_bytes.value == 420
