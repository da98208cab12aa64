from pathlib import Path

import numpy as np
import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.generator_protocol import CONNECTIONS
from loadtests.harness.null_target import measure_null, require_accepted
from loadtests.harness.processes.placement import available_processors, plan_layout


def test_every_round_has_its_requests_and_its_cpu(tmp_path: Path) -> None:
    found = measure_null(plan_layout(available_processors()), tmp_path, 300.0, 1, rounds=2, round_s=0.2)
    assert [(each.rate_rps, each.duration_s) for each in found.open_rounds] == [(300.0, 0.2)] * 2
    for opened in found.open_rounds:
        assert len(opened.service_ns) == len(opened.lateness_ns) > 0
        assert min(opened.service_ns) > 0
        assert min(opened.lateness_ns) >= 0
    assert found.open_rounds[0].service_ns != found.open_rounds[1].service_ns
    for closed in found.closed_rounds:
        assert closed.connections == CONNECTIONS
        assert closed.completed > 0
        assert closed.generator_cpu_ns > 0


def test_a_reply_that_is_wrong_is_not_counted_as_one() -> None:
    require_accepted(np.zeros(5, dtype=np.int64))
    with pytest.raises(Failure, match="2 of 5 requests to the null server were not answered"):
        require_accepted(np.array([0, 0, 4, 8, 0]))
