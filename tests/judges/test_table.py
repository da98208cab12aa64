"""What is printed: the control, every word, the reason of what was skipped or void, surprises by name."""

from authbench.contracts.security.attack import AttackOutcome
from authbench.contracts.security.judges import JudgeReport
from judges.table import lines
from tests.judges.words import attacks, judged, opinion, report


def test_a_judge_is_shown_with_its_control_and_its_words() -> None:
    told = "\n".join(lines(report(judged(opinion()), attacks(AttackOutcome.REJECTED))))
    assert "a judge (1)\n  t [G1]: q\n    control control: OBJECTS (1 of 5 tried)" in told
    assert "    jwt-hs256: no objection (0 of 5 tried)" in told
    assert "agree: both find nothing" in told
    assert "1 of 1 judges asked, 0 of their topics void; 1 agreements, 0 disagreements, 0 surprises." in told


def test_a_void_topic_says_so() -> None:
    told = "\n".join(lines(report(judged(opinion(red=True), control=opinion("control")))))
    assert "    VOID: no objection to the control control, which must have one" in told
    assert "SURPRISE" not in told
    assert "nothing to compare" in told


def test_a_surprise_is_named_and_its_objections_are_shown() -> None:
    told = "\n".join(lines(report(judged(opinion(red=True)), attacks(AttackOutcome.REJECTED))))
    assert "      a check: it was accepted" in told
    assert "SURPRISE: a judge, t, jwt-hs256: the judge objects, our attack did not succeed" in told


def test_a_skipped_judge_is_one_line() -> None:
    skipped = JudgeReport(name="a judge", home="h", version=None, skipped="it is not installed")
    told = lines(report(skipped))
    assert "a judge: skipped: it is not installed" in told
    assert "0 of 1 judges asked, 0 of their topics void; 0 agreements, 0 disagreements, 0 surprises." in told
