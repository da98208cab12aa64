"""Figures of refresh policies are read by their names."""

from analysis.security.policies import policy_trades
from authbench.contracts.card import RefreshPolicy
from tests.analysis.security.reports import SUCCEEDED, attack_report, cell, every_outcome, policy_figures, row


def test_each_policy_once_with_its_shares_and_thieves() -> None:
    figures = policy_figures(keeps_pace=0, refreshes_at_once=1350)
    (strict,) = policy_trades(attack_report(row("H11", cell("jwt-hs256", SUCCEEDED, "H11", figures=figures))))
    assert strict.policy is RefreshPolicy.STRICT
    assert strict.scheme == "jwt-hs256"
    assert [(one.tabs, one.lost_share, one.share.value) for one in strict.logged_out] == [
        (1, 0.0, 0.0),
        (1, 0.05, 0.4),
        (3, 0.0, 1.0),
        (3, 0.05, 1.0),
    ]
    assert {thief: figure.value for thief, figure in strict.undetected.items()} == {
        "thief who keeps pace": 0,
        "thief who refreshes at once": 1350,
    }


def test_a_void_row_and_other_rows_have_none() -> None:
    figures = policy_figures(keeps_pace=0)
    void = row("H11", cell("jwt-hs256", SUCCEEDED, "H11", figures=figures), void="it did not fall")
    assert policy_trades(attack_report(void)) == []
    assert policy_trades(every_outcome()) == []
    assert policy_trades(None) == []
