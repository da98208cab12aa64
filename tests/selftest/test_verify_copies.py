"""`make selftest-schemes`: what could not be verified is told as such, with its reason, and fails it."""

import pytest

from authbench.contracts.failure import ExitCode
from selftest import verify_copies
from servers.schemes.none import NoAuthentication


class NeverStarts(NoAuthentication):
    """A copy that a later change has broken in another way than it is meant to be."""

    name = "never-starts"

    async def start(self) -> None:
        raise AttributeError("no such attribute any more")


@pytest.mark.integration
def test_a_copy_that_does_not_start_fails_the_whole_with_its_reason(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(verify_copies, "copies", lambda _: [f"{__name__}:NeverStarts"])
    monkeypatch.setattr(verify_copies, "_AT_ONCE", 1)
    assert verify_copies.main(["session-memory"]) is ExitCode.INTERNAL
    told = capsys.readouterr().out
    assert "FAILED NeverStarts: could not be verified: " in told
    assert "no such attribute any more" in told
    # The other one was tried all the same.
    assert "1 of 2 as they should be" in told


def test_an_unknown_scheme_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert verify_copies.main(["sesion-redis"]) is ExitCode.USAGE
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("selftest-schemes: unknown scheme 'sesion-redis': did you mean")
    assert told.err.count("\n") == 1
