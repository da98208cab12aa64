"""A cell that cannot be measured, among others that can. Real measurements are in tests/integration."""

from pathlib import Path
from typing import Any, cast

import pytest

from authbench.contracts.experiment import Condition
from authbench.contracts.failure import ExitCode, Failure
from loadtests.revocation import measure
from loadtests.revocation.cell import Cell

CELL = Cell("session-redis", {}, Condition(workers=2, store_rtt_ms=2), {}, 1, 1)
STARTED = measure._Started(cast(Any, None), Path("keys"))


@pytest.mark.parametrize("code", [ExitCode.INTERNAL, ExitCode.VERIFICATION])
def test_an_order_that_is_not_carried_out_costs_its_cell(
    monkeypatch: pytest.MonkeyPatch, code: ExitCode
) -> None:
    def fail(*_: object) -> None:
        raise Failure("the store is unavailable", code)

    told: list[str] = []
    monkeypatch.setattr(measure, "measure_cell", fail)
    result = measure._measured(CELL, STARTED, cast(Any, None), told.append)
    assert (result.broken, result.revoked) == ("the store is unavailable", [])
    assert told == ["not measured: the store is unavailable"]


def test_a_server_that_died_costs_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(*_: object) -> None:
        raise Failure("it died", ExitCode.INVALID)

    monkeypatch.setattr(measure, "measure_cell", die)
    with pytest.raises(Failure, match="it died"):
        measure._measured(CELL, STARTED, cast(Any, None), print)


def test_a_cell_is_described_in_words() -> None:
    assert measure.describe(CELL) == "session-redis, 2 workers, store 2 ms away"
    alone = Cell("jwt-hs256", {}, Condition(), {}, 1, 1)
    assert measure.describe(alone) == "jwt-hs256, 1 worker, store near"
