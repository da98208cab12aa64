"""What is measured for which scheme, and under which lifetimes. Nothing is started."""

import pytest

from authbench.cli.shared.revocation import Asked, plan_revocations
from authbench.contracts.failure import Failure
from authbench.contracts.security.timeline import Revocation
from loadtests.revocation.cell import Cell
from loadtests.revocation.event import WATCHED_MAX_S
from servers.discovery import known_schemes

ALL = set(Revocation)
USERS = ALL - {Revocation.KEY_ROTATION}


def asked(*schemes: str) -> Asked:
    return Asked(schemes, 2, 100, 7, None, "authbench revoke", lambda _: None)


def conditions(cells: list[Cell]) -> list[tuple[int, float]]:
    return [(cell.condition.workers, cell.condition.store_rtt_ms) for cell in cells]


def test_a_session_in_redis_is_measured_under_every_condition() -> None:
    plan = plan_revocations(asked("session-redis"), 7)
    assert conditions(plan.cells) == [(1, 0), (1, 2), (2, 0), (2, 2)]
    assert all(cell.declared.keys() == USERS for cell in plan.cells)
    assert "session_absolute_s" not in plan.cells[0].settings, "no session may end by itself"
    assert len({cell.seed for cell in plan.cells}) == 4
    assert (plan.scaled, plan.left_out) == (None, [])


def test_keys_are_rotated_with_a_near_store_only() -> None:
    plan = plan_revocations(asked("jwt-rs256"), 7)
    assert [cell.declared.keys() == ALL for cell in plan.cells] == [True, False, True, False]
    assert plan.promises["jwt-rs256"][Revocation.LOGOUT].declared_s == 2
    assert plan.promises["jwt-rs256"][Revocation.LOGOUT].usually_s == 900


def test_a_token_is_logged_out_at_a_second_lifetime() -> None:
    scaled = plan_revocations(asked("session-redis", "jwt-denylist", "jwt-es256", "jwt-hs256"), 7).scaled
    assert scaled is not None
    assert scaled.scheme == "jwt-es256", "the first whose window is its lifetime"
    assert scaled.settings["token_lifetime_s"] == 4
    assert scaled.declared == {Revocation.LOGOUT: 4}


def test_what_cannot_be_is_left_out_and_said() -> None:
    plan = plan_revocations(asked("none", "session-memory", "session-sql"), 7)
    assert conditions(plan.cells) == [(1, 0), (1, 0), (2, 0)]
    assert [text.partition(":")[0] for text in plan.left_out] == [
        "none",
        "session-memory",
        "session-memory",
        "session-sql",
    ]


def test_controls_are_measured_for_the_kinds_that_are() -> None:
    kinds = {
        kind
        for _, cell in plan_revocations(asked("session-signed-cookie"), 7).controls
        for kind in cell.declared
    }
    assert kinds == ALL - {Revocation.LOGOUT_EVERYWHERE}
    assert all(cell.attacked for _, cell in plan_revocations(asked("session-redis"), 7).controls)
    assert plan_revocations(asked("none"), 7).controls == []


def test_every_scheme_of_the_tree_has_windows_that_can_be_watched_to_their_end() -> None:
    plan = plan_revocations(asked(*known_schemes()), 7)
    assert not any(cell.attacked for cell in plan.cells)
    assert max(window_s for cell in plan.cells for window_s in cell.declared.values()) <= WATCHED_MAX_S
    assert {cell.scheme for cell in plan.cells} == set(known_schemes()) - {"none"}


def test_an_unknown_scheme_is_a_failure() -> None:
    with pytest.raises(Failure, match="jwt-hs255"):
        plan_revocations(asked("jwt-hs255"), 7)
