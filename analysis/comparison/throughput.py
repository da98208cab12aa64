"""Throughput of two arms: replicates are saturated cycles nested in generations, as for CPU."""

import numpy as np
import numpy.typing as npt

from analysis.data.run import RunData, differences, log_ratios
from analysis.records.summary import THROUGHPUT


def paired_throughput(
    run: RunData, a: str, b: str
) -> tuple[dict[int, npt.NDArray[np.float64]], dict[int, npt.NDArray[np.float64]]] | str:
    """(generation -> ln(A / B) of each whole saturated cycle, generation -> A - B), or why there are none."""
    if not run.saturated:
        return "nothing was saturated"
    ratios = log_ratios(run.saturated_slices, THROUGHPUT, a, b)
    if not ratios:
        return "no saturated cycle has this figure for both arms"
    return ratios, differences(run.saturated_slices, THROUGHPUT, a, b)
