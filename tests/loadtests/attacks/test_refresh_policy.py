"""Each policy pays in another coin: strict in owners logged out, the others in thieves who go unnoticed."""

import pytest

from authbench.contracts.security.attack import Cell
from loadtests.attacks.refresh_policy import RefreshPolicyTrade
from tests.loadtests.attacks.attacked import NOT_RUN, REJECTED, SUCCEEDED, Attacked

NONE_LOST = "owners logged out, 1 tab, 0% of replies lost"
FEW_LOST = "owners logged out, 1 tab, 5% of replies lost"
TABS = "owners logged out, 3 tabs, 0% of replies lost"


def figures(cell: Cell) -> dict[str, float]:
    return {figure.name: figure.value for figure in cell.figures}


def test_static_forgives_everybody_everything(attacked: Attacked) -> None:
    cell = attacked.control(RefreshPolicyTrade)
    found = figures(cell)
    assert cell.outcome is SUCCEEDED
    assert found[NONE_LOST] == found[FEW_LOST] == found[TABS] == 0
    assert found["thief who refreshes at once, undetected"] == 30 * 86_400


def test_strict_notices_every_thief_and_logs_owners_out(attacked: Attacked) -> None:
    cell = attacked(RefreshPolicyTrade, "jwt-hs256")
    found = figures(cell)
    assert cell.outcome is REJECTED
    assert found[NONE_LOST] == 0
    assert 0.2 < found[FEW_LOST] < 0.6  # 1 - 0.95 ** 10 is 0.4
    assert found[TABS] == 1
    assert found["thief who keeps pace, undetected"] == 0
    assert found["thief who refreshes at once, undetected"] == 450  # half an interval


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["jwt-refresh-grace", "jwt-refresh-confirm"])
def test_what_forgives_owners_forgives_a_thief_who_keeps_pace(attacked: Attacked, scheme: str) -> None:
    cell = attacked(RefreshPolicyTrade, scheme)
    found = figures(cell)
    assert cell.outcome is SUCCEEDED
    assert found[FEW_LOST] == found[TABS] == 0
    assert found["thieves who keep pace, unnoticed"] == 1


def test_other_schemes_of_a_policy_are_spared(attacked: Attacked) -> None:
    cell = attacked(RefreshPolicyTrade, "jwt-denylist")
    assert cell.outcome is NOT_RUN
    assert cell.same_as == "jwt-hs256"
    assert "jwt-hs256" in cell.reason
