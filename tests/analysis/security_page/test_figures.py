"""Figures carry every scheme that has costs, and names that do not cover each other."""

from analysis.security.kinds import SchemeKind
from analysis.security.trade import TradePoint
from analysis.security_page.figures import security_figures


def point(scheme: str, cost_us: float | None, window_s: float, commands: float = 0) -> TradePoint:
    return TradePoint(scheme, SchemeKind.SESSION, window_s, None, commands, None, cost_us)


def test_without_costs_there_is_no_figure() -> None:
    assert security_figures([point("a", None, 0)], []) == {}


def test_points_are_drawn_by_store_commands_and_no_window_is_zero() -> None:
    points = [point("a", 10, 0, 1), point("b", 20, 900), point("c", 30, 0, 1.4), point("d", None, 0)]
    rows = security_figures(points, [])["window-by-cost"].spec["data"]["values"]
    assert [(row["scheme"], row["window"], row["asked"]) for row in rows] == [
        ("a", 0.001, "1"),
        ("b", 900, "fewer than 0.1"),
        ("c", 0.001, "more than 1"),
    ]


def test_of_close_points_the_one_that_stands_for_its_kind_is_named() -> None:
    points = [
        point("other", 100, 900),
        point("jwt-hs256", 101, 900),
        point("far", 400, 900),
        point("up", 100, 0),
    ]
    rows = security_figures(points, [])["window-by-cost"].spec["data"]["values"]
    assert {row["scheme"]: row["named"] for row in rows} == {
        "other": "",
        "jwt-hs256": "center",
        "far": "right",
        "up": "center",
    }
