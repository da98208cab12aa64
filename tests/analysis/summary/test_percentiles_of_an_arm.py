"""Percentiles of a summary are those of all its requests together, worked out by another implementation."""

from pathlib import Path

import numpy as np

from analysis.data.run import load_run
from analysis.statistics.percentiles import PERCENTILES
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import Outcome
from tests.analysis.build_run import MIXED, MiniRun


def test_they_are_numpys_of_the_pooled_rows(tmp_path: Path) -> None:
    """inverted_cdf (Hyndman & Fan 1996, definition 1). A request that was not accepted is infinitely slow.

    n * share may fall on either side of a whole rank by rounding alone.
    """
    mini = MiniRun(generations=3, cycles=5, requests=300, workload=MIXED)
    mini.samples[1, 2, "none"][1]["outcome"][5] = Outcome.UNAVAILABLE
    run = load_run(mini.write(tmp_path))
    codes = [operation.code for operation in run.user_operations]
    given = 0
    for arm in summarize(judge_run(run)).arms:
        rows = run.rows.table[(run.rows.table["arm"] == arm.arm) & run.rows.table["operation"].isin(codes)]
        accepted = (rows["outcome"] == int(Outcome.ACCEPTED)).to_numpy()
        for percentiles, since in ((arm.service_ms, "sent_ns"), (arm.response_ms, "due_ns")):
            times_ms = (rows["done_ns"] - rows[since]).to_numpy(dtype=float) / 1e6
            pooled = np.where(accepted, times_ms, np.inf)
            for name, estimate in percentiles.items():
                if estimate.value is not None:
                    edges = [PERCENTILES[name] - 1e-9, PERCENTILES[name] + 1e-9]
                    low, high = np.quantile(pooled, edges, method="inverted_cdf")
                    assert low <= estimate.value <= high
                    given += 1
    assert given >= 16
