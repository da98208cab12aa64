"""The terminal has the answer in its first line, and each claim with its figures."""

import io

from rich.console import Console

from analysis.replication.terminal import print_replication
from analysis.replication.verdict import judge_claim
from authbench.contracts.replication.report import Measured
from tests.analysis.replication.made_claims import PROPERLY, PUBLISHED, claim, report


def test_the_answer_comes_first() -> None:
    read = {PROPERLY: Measured(value=1.4, low=1.3, high=1.5), PUBLISHED: Measured(value=6, low=5.5, high=7)}
    refuted = judge_claim(claim(), lambda figure: read[figure])
    untold = judge_claim(claim(name="other"), lambda _: Measured(reason="V21 refused it"))
    out = io.StringIO()
    print_replication(report([refuted, untold]), Console(file=out))
    text = out.getvalue()
    assert text.startswith("Of 2 published claims: 1 refuted, 1 cannot be told here.")
    assert "1.40 x [1.30, 1.50]" in text
    assert "6.00 [5.50, 7.00]" in text
    assert "refuted, explained" in text
    assert "V21 refused it" in text
    assert max(map(len, text.splitlines())) <= 100
