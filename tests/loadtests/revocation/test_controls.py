"""Controls: every kind of revocation has a server that is broken on purpose, and so has a resurrection."""

from authbench.contracts.security.timeline import Revocation
from loadtests.revocation.controls import ATTACKED, CONTROLS
from loadtests.revocation.endings import ENDINGS
from servers.discovery import find_scheme
from servers.vulnerable import vulnerable


def test_every_kind_has_a_control() -> None:
    late = [kind for control in CONTROLS if control.must == "longer than declared" for kind in control.kinds]
    assert sorted(late) == sorted(Revocation)
    assert any(control.must == "came back" for control in CONTROLS)


def test_every_control_says_what_it_falls_to() -> None:
    for control in CONTROLS:
        told = " ".join((find_scheme(control.scheme).__doc__ or "").split())
        assert "Falls to `revoke`" in told
        assert all(kind in told for kind in control.kinds)


def test_every_kind_but_the_rotation_of_keys_ends_one_user() -> None:
    assert set(ENDINGS) == set(Revocation) - {Revocation.KEY_ROTATION}


def test_both_sides_mean_the_same_variable() -> None:
    assert ATTACKED == vulnerable.ATTACKED
