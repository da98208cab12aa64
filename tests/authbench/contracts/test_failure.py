"""One line, one exit code."""

from authbench.contracts.failure import ExitCode, Failure


def test_a_failure_is_one_line_whatever_it_is_made_of() -> None:
    failure = Failure("first\n  second\tthird", ExitCode.INVALID)
    assert str(failure) == "first second third"
    assert failure.exit_code is ExitCode.INVALID


def test_a_mistake_of_usage_unless_said_otherwise() -> None:
    assert Failure("x").exit_code is ExitCode.USAGE


def test_exit_codes_are_the_documented_numbers() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "INTERNAL": 1,
        "USAGE": 2,
        "INVALID": 3,
        "GATE": 4,
        "VERIFICATION": 5,
        "FOUND": 6,
        "NOT_COMPARABLE": 7,
        "NO_BASELINE": 8,
        "INTERRUPTED": 130,
    }
