from pathlib import Path

import pytest

from analysis.readme.saturation_blocks import NOT_MEASURED, newest_search, saturation_document
from analysis.saturation.report import Measured, ratios, scheme_found
from authbench.contracts.failure import Failure
from authbench.contracts.saturation.folder import TrialWriter, write_report
from tests.analysis.saturation.made_trials import EFFORT, OBJECTIVES, PLACEMENT, report_of, trial

BLOCK = "# Rates\n\n<!-- figures: {} -->\nold\n<!-- end of figures -->\n"


def test_the_table_is_of_the_newest_search(tmp_path: Path) -> None:
    trials = [
        trial(rate * factor, (bad, bad), scheme=scheme)
        for scheme, factor in (("session-redis", 1.0), ("jwt-hs256", 1.5))
        for rate, bad in ((1000, 0), (1100, 0.5))
        for _ in "ab"
    ]
    measured = Measured(OBJECTIVES, EFFORT, PLACEMENT, trials, {})
    schemes = [scheme_found(measured, name) for name in ("session-redis", "jwt-hs256")]
    for run_id in ("20261126T100000Z-saturate-000001", "20261127T100000Z-saturate-000000"):
        with TrialWriter(tmp_path, run_id) as writer:
            write_report(writer.folder, report_of(schemes, run_id=run_id, ratios=ratios(schemes)))
    written = saturation_document(BLOCK.format("highest-rate"), newest_search(tmp_path))
    assert "| session-redis | p99 <= 25 ms | 1,000 to 1,100 | 700 | - |" in written
    assert "run `20261127T100000Z-saturate-000000`" in written
    assert "* jwt-hs256: application core: " in written
    assert "* session-redis / jwt-hs256, p99 <= 25 ms: 0.61 to 0.73 (less)" in written
    assert "old" not in written


def test_without_a_search_the_document_says_how_to_make_one(tmp_path: Path) -> None:
    assert newest_search(tmp_path) is None
    assert NOT_MEASURED in saturation_document(BLOCK.format("highest-rate"), None)


def test_an_unknown_block_is_one_line() -> None:
    with pytest.raises(Failure, match="unknown block of figures 'rates'"):
        saturation_document(BLOCK.format("rates"), None)
