"""The self-test's laboratory: a run that could not be made is told as such, with its reason."""

from pathlib import Path
from typing import cast

import pytest

from authbench.contracts.failure import Failure
from selftest import __main__ as selftest
from selftest import laboratory as laboratory_module
from selftest.fault import Fault
from selftest.laboratory import EXPERIMENTS, TWINS_DIFFER, Laboratory
from selftest.objection import Objection
from selftest.observed import ObservedRun

pytestmark = pytest.mark.integration

_NOTHING_WRONG = ("none", "session-redis", "session-redis")
_CANNOT_START = ("none", "session-signed-cookie", "session-signed-cookie")


@pytest.fixture
def laboratory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Laboratory:
    """A laboratory whose experiments are those of `tmp_path`."""
    monkeypatch.setattr(laboratory_module, "EXPERIMENTS", tmp_path)
    return Laboratory(tmp_path / "made")


def _write(folder: Path, name: str, schemes: tuple[str, str, str], settings: str = "") -> None:
    """An experiment of one short cycle with the head of the laboratory's own."""
    head = (EXPERIMENTS / "refused.toml").read_text().partition("arms = [")[0]
    control, arm, twin = schemes
    (folder / f"{name}.toml").write_text(
        head.replace("selftest-refused", f"selftest-{name}")
        + f'arms = [{{ scheme = "{control}", role = "control" }}, {{ scheme = "{arm}"{settings} }}, '
        f'{{ scheme = "{twin}", role = "twin"{settings} }}]\n'
    )


def test_a_run_that_cannot_be_made_fails_the_whole_with_its_reason(
    laboratory: Laboratory, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(tmp_path, "broken", _CANNOT_START, ", settings = { roles = 1000 }")

    def inject(using: Laboratory) -> set[Objection]:
        return using.live("broken").objections()

    faults = [Fault("V09", f"fault {number}", "live", "tag", inject) for number in (1, 2)]
    assert not selftest._try_all(faults, laboratory)
    told = capsys.readouterr().out
    assert told.count("not tried: the run 'broken' could not be made: ") == 2
    assert "browsers keep 4096" in told
    assert "not tried: V09" in told
    assert "silent" not in told
    assert "FAILED the run 'broken' could not be made: " in told
    assert len(list((laboratory.folder / "live" / "raw").iterdir())) == 1, "it is tried once"


def test_a_run_that_verification_must_stop_and_does_not_is_not_made(
    laboratory: Laboratory, tmp_path: Path
) -> None:
    _write(tmp_path, "sound", _NOTHING_WRONG)
    with pytest.raises(Failure, match="could not be made: verification found nothing to object to"):
        laboratory.live("sound", verification_must_stop=True)


class _Seen:
    """A run to which this is objected."""

    def __init__(self, objections: list[Objection]) -> None:
        self._objections = set(objections)

    def objections(self) -> set[Objection]:
        return self._objections


@pytest.mark.parametrize(
    ("seen", "made"),
    [
        ([[]], 1),
        ([[Objection("V10", "tag")]], 1),
        ([[TWINS_DIFFER], []], 2),
        ([[TWINS_DIFFER], [TWINS_DIFFER]], 2),
        ([[Objection("V01", "void-run")]], 1),
    ],
)
def test_a_clean_run_whose_identical_arms_differ_is_made_once_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seen: list[list[Objection]], made: int
) -> None:
    runs = [cast(ObservedRun, _Seen(objections)) for objections in seen]
    left = iter(runs)

    def live(self: Laboratory, name: str) -> ObservedRun:
        if name not in self.made:
            self.made[name] = next(left)
        return self.made[name]

    monkeypatch.setattr(Laboratory, "live", live)
    laboratory = Laboratory(tmp_path)
    assert laboratory.clean is laboratory.clean is runs[made - 1]
    assert list(left) == runs[made:]
