"""How far an attack came is told from how far its tries came."""

import json
from typing import Any, cast

import pytest

from authbench.contracts.security.attack import AttackOutcome
from loadtests.attacks.in_browser.play import Nonce, Play
from loadtests.attacks.laboratory.lab import AttackLab

BLOCKED, REJECTED, SUCCEEDED = AttackOutcome.BLOCKED, AttackOutcome.REJECTED, AttackOutcome.SUCCEEDED
UNAUTHENTICATED = AttackOutcome.UNAUTHENTICATED


def play(*tries: tuple[str, AttackOutcome]) -> Play:
    nothing = cast("Any", None)
    return Play(AttackLab(nothing, nothing), nothing, list(tries))


@pytest.mark.parametrize(
    ("tries", "outcome", "reason"),
    [
        ([("a", BLOCKED)], BLOCKED, "blocked by browser: a"),
        (
            [("a", BLOCKED), ("b", UNAUTHENTICATED), ("c", BLOCKED)],
            UNAUTHENTICATED,
            "reached, unauthenticated: b; blocked by browser: a, c",
        ),
        (
            [("a", UNAUTHENTICATED), ("b", REJECTED)],
            REJECTED,
            "reached, rejected: b; reached, unauthenticated: a",
        ),
        (
            [("a", SUCCEEDED), ("b", REJECTED), ("a", SUCCEEDED)],
            SUCCEEDED,
            "SUCCEEDED: a; reached, rejected: b",
        ),
    ],
)
def test_the_try_that_came_farthest_is_the_outcome(
    tries: list[tuple[str, AttackOutcome]], outcome: AttackOutcome, reason: str
) -> None:
    result = play(*tries).result()
    assert (result.outcome, result.reason) == (outcome, reason)


@pytest.mark.parametrize("outcome", [BLOCKED, UNAUTHENTICATED, REJECTED])
def test_nothing_is_shown_where_the_legitimate_credential_does_not_work(outcome: AttackOutcome) -> None:
    tried = play(("a", outcome))
    tried.lab.worked_after = False
    assert tried.result().outcome is AttackOutcome.NOT_RUN


def test_a_form_makes_the_order_that_json_makes() -> None:
    nonce = Nonce("nonce-1")
    assert json.loads("=".join(nonce.field)) == json.loads(nonce.body) == {"item": "nonce-1=", "quantity": 1}
    assert nonce.query == "item=nonce-1%3D&quantity=1"
