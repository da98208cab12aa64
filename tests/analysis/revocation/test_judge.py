"""Measured windows beside declared ones."""

import pytest

from analysis.revocation.judge import Measured, Promise, judge_control, judge_scaling, judge_scheme
from authbench.contracts.security.revocation import RevocationRow
from authbench.contracts.security.timeline import Probe, Revocation, RevokedCredential
from tests.analysis.revocation.histories import every, probe, revoked

KEEPS = revoked(every("+++") + every("+--", start=10))
CAME_BACK = revoked(every("+++") + every("-+--", start=10))
NOTHING = revoked(every("???"))


def one_row(promise: Promise, *seen: RevokedCredential) -> RevocationRow:
    (row,) = judge_scheme("scheme", {Revocation.LOGOUT: promise}, [Measured(1, 0, seen)])
    return row


@pytest.mark.parametrize(
    ("declared_s", "revives", "seen", "expected"),
    [
        (0.01, False, [KEEPS], "as declared"),
        (0.009, False, [KEEPS], "longer than declared"),
        (1, False, [KEEPS, CAME_BACK], "came back"),
        (1, True, [KEEPS, CAME_BACK], "as declared"),
        (0, True, [KEEPS, CAME_BACK], "longer than declared"),
        (1, False, [NOTHING], "nothing shown"),
        (1, False, [], "nothing shown"),
        (0, False, [revoked(every("+++") + every("++--", 10), every("???"))], "longer than declared"),
    ],
)
def test_only_a_lower_bound_or_a_resurrection_speaks_against_a_scheme(
    declared_s: float, revives: bool, seen: list[RevokedCredential], expected: str
) -> None:
    assert one_row(Promise(declared_s, 900, revives), *seen).verdict == expected


def test_an_upper_bound_above_the_declared_window_is_no_failure() -> None:
    """The truth may be anywhere in the interval: 10 to 30 ms with 20 declared."""
    row = one_row(Promise(0.02, 0.02, False), KEEPS)
    assert (row.verdict, row.windows.longest_at_most_s) == ("as declared", 0.03)


def test_each_kind_has_a_row_and_each_condition_a_part_of_it() -> None:
    role = KEEPS.model_copy(update={"kind": Revocation.ROLE_DOWNGRADE})
    promises = {
        Revocation.LOGOUT: Promise(1, 900, False),
        Revocation.ROLE_DOWNGRADE: Promise(0, 0, False),
    }
    measured = [
        Measured(1, 0, [KEEPS, role]),
        Measured(2, 2, [KEEPS, KEEPS], ["logout: POST /login answered 503"]),
    ]
    logout, downgrade = judge_scheme("scheme", promises, measured)
    assert (logout.windows.revocations, downgrade.windows.revocations) == (3, 1)
    assert [(one.workers, one.store_rtt_ms, one.windows.revocations) for one in logout.conditions] == [
        (1, 0, 1),
        (2, 2, 2),
    ]
    assert [len(one.seen) for one in logout.conditions] == [1, 2]
    assert (logout.failed, downgrade.failed) == (["logout: POST /login answered 503"], [])
    assert (logout.verdict, downgrade.verdict) == ("as declared", "longer than declared")
    assert (logout.declared_s, logout.declared_usually_s) == (1, 900)


def test_a_control_that_is_not_found_is_not_red() -> None:
    kind = Revocation.LOGOUT
    assert judge_control("broken", kind, "longer than declared", 0, [KEEPS]).red
    assert not judge_control("broken", kind, "longer than declared", 1, [KEEPS]).red
    assert not judge_control("broken", kind, "came back", 0, [KEEPS]).red
    assert judge_control("broken", kind, "came back", 0, [KEEPS, CAME_BACK]).red
    assert not judge_control("broken", kind, "longer than declared", 0, []).red


def lived(lifetime: float) -> RevokedCredential:
    """A token of a login at -100 ms that was accepted until `lifetime` seconds after it."""
    probes: list[Probe] = [
        probe(sent, "+" if sent + 100 < lifetime * 1000 else "-") for sent in range(-60, 6000, 20)
    ]
    return revoked(probes, until=6000)


@pytest.mark.parametrize(
    ("lives", "holds"), [((1.5, 3.2), True), ((1.5, 1.5), False), ((1.5, 4.2), False), ((0.5, 3.5), False)]
)
def test_a_window_that_is_the_rest_of_a_lifetime_scales_with_it(
    lives: tuple[float, float], holds: bool
) -> None:
    measured = [
        ({"token_lifetime_s": lifetime}, lifetime, [lived(life)] * 3)
        for lifetime, life in zip((2.0, 4.0), lives, strict=True)
    ]
    scaling = judge_scaling("jwt", measured)
    assert scaling.holds is holds
    assert [one.revocations for one in scaling.lifetimes] == [3, 3]


def test_scaling_that_was_not_seen_does_not_hold() -> None:
    assert not judge_scaling("jwt", [({}, 2, []), ({}, 4, [lived(3.5)])]).holds
