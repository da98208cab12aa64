"""Each judge that is installed, on real servers: its controls turn red, our schemes do not."""

import pytest

from authbench.contracts.security.judges import Verdict
from judges.outside import find_judges
from judges.run_judges import ask
from loadtests.attacks.run_attacks import open_laboratory


@pytest.mark.integration
@pytest.mark.long
@pytest.mark.parametrize("name", find_judges())
def test_its_controls_turn_red_and_our_schemes_do_not(name: str) -> None:
    judge = find_judges()[name]()
    reason = judge.missing()
    if reason is not None:
        pytest.skip(reason)
    with open_laboratory() as laboratory:
        report = ask(judge, laboratory, print)
    assert {topic.topic: topic.void for topic in report.topics if topic.void} == {}
    said = [opinion for topic in report.topics for opinion in topic.opinions]
    assert [opinion for opinion in said if opinion.objections] == []
    assert any(opinion.verdict is Verdict.CLEAN for opinion in said)
