from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import Field

from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import SliceRecord
from tests.analysis.build_run import MiniRun


class _Counted(SliceRecord):
    """A slice as it would be with one more counter."""

    cache_hits: int | None = Field(
        default=None, description="read from a cache", json_schema_extra={"counter": True}
    )


def test_a_counter_of_a_slice_needs_no_second_name_to_reach_the_summary(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5).write(tmp_path))
    for hits, expected in ((10, {"cache_hits": pytest.approx(10 / 40)}), (None, {})):
        records = [
            judged.model_copy(update={"measured": _Counted(**judged.measured.model_dump(), cache_hits=hits)})
            for judged in run.records
        ]
        summary = summarize(judge_run(replace(run, records=records)))
        assert [arm.counters for arm in summary.arms] == [expected] * len(run.arms)
        assert ("cache_hits" in summary.model_dump_json()) == (hits is not None)
