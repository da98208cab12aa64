"""The login page of OAuth in a real Chromium: framed by others, and with somebody else's script in it."""

import pytest

from authbench.contracts.security.attack import AttackOutcome, Cell
from loadtests.attacks.framed_login import FramedLogin
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.run_attacks import Laboratory, attack_target
from tests.chromium import need_chromium
from tests.loadtests.attacks.cards import CARDS


@pytest.fixture(autouse=True, scope="module")
def browser() -> None:
    need_chromium("no page is framed")


def framed(laboratory: Laboratory, scheme: str, control: Control | None = None) -> Cell:
    """On a server of its own: the browser is closed with it, or nothing else of this process has a loop."""
    with laboratory.target(scheme, FramedLogin.condition, control) as target:
        return attack_target(FramedLogin(), target, scheme)


def test_its_control_falls_in_every_way(laboratory: Laboratory) -> None:
    cell = framed(laboratory, FramedLogin.control.scheme, FramedLogin.control)
    assert cell.outcome is AttackOutcome.SUCCEEDED, cell
    assert cell.worked_before
    assert cell.worked_after
    assert cell.reason == (
        "SUCCEEDED: framed by another site, framed by a sibling, script of another site, headers that leave "
        "it open (no policy against script, no ban of frames, no Referrer-Policy)"
    )


def test_what_comes_of_it(laboratory: Laboratory) -> None:
    cell = framed(laboratory, "jwt-hs256")
    assert cell.outcome is AttackOutcome.BLOCKED, cell
    assert cell.worked_before
    assert cell.worked_after
    assert "script of another site" in cell.reason


def test_only_schemes_with_a_page_are_tried() -> None:
    assert FramedLogin.stand_in("jwt-hs256", CARDS["jwt-hs256"]) is None
    assert FramedLogin.stand_in("my.module:Scheme", CARDS["session-redis"]) is None
    stand_in = FramedLogin.stand_in("session-redis", CARDS["session-redis"])
    assert stand_in is not None
    assert stand_in.scheme == "jwt-hs256"
