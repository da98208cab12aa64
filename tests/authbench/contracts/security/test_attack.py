from authbench.contracts.security.attack import AttackOutcome
from tests.loadtests.attacks.reports import cell, report


def test_a_row_whose_control_stood_is_void() -> None:
    assert report(void="its control did not fall").void
    assert not report().void


def test_what_a_card_denies_is_found() -> None:
    fine, wrong = cell("a", AttackOutcome.SUCCEEDED), cell("b", AttackOutcome.SUCCEEDED, denied="x: true")
    assert report(fine, wrong).denied == [wrong]


def test_outcomes_are_spelled_as_people_read_them() -> None:
    assert [str(each) for each in AttackOutcome] == [
        "blocked by browser",
        "reached, unauthenticated",
        "reached, rejected",
        "SUCCEEDED",
        "not run",
    ]
