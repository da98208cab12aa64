import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from analysis.dataset import load_run
from analysis.estimate import Estimate
from analysis.report.figures import Dot, dot_figure
from analysis.report.page import render_page
from analysis.summarize import summarize
from analysis.summary import Summary
from tests.analysis.build_run import MiniRun

_VOID = {"meta", "br", "line", "circle"}


class _Tags(HTMLParser):
    """Collects tags and attributes, and fails on one that is closed out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID - {"circle"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(load_run(mini.write(tmp_path)))


def _parsed(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []
    return tags


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    page = render_page(_summary(MiniRun(generations=5), tmp_path))
    tags = _parsed(page)
    assert not {tag for tag, _ in tags.seen} & {"script", "link", "img", "iframe", "object"}
    attributes = {name for _, pairs in tags.seen for name in pairs}
    assert not {name for name in attributes if name in ("src", "href") or name.startswith("on")}
    assert not re.search(r"url\(|@import", page)
    assert sum(tag == "svg" for tag, _ in tags.seen) == 2
    assert "prefers-color-scheme: dark" in page


def test_the_page_says_what_the_terminal_says(tmp_path: Path) -> None:
    page = render_page(_summary(MiniRun(generations=5), tmp_path))
    for words in (
        "costs 21% more CPU per request",
        "1 getex",
        "200 requests/s for every arm",
        "V29",
        "V21",
    ):
        assert words in page


def test_what_comes_from_a_run_is_escaped(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["stop_reason"] = "<script>alert(1)</script>"
    summary = _summary(mini, tmp_path)
    arms = [arm.model_copy(update={"arm": "<b>arm</b>"}) for arm in summary.arms]
    page = render_page(summary.model_copy(update={"arms": arms}))
    assert "<script" not in page
    assert "<b>" not in page
    _parsed(page)


def test_a_run_without_figures_has_a_page_too(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["status"] = "aborted"
    page = render_page(_summary(mini, tmp_path))
    assert "INVALID" in page
    assert "<svg" not in page


@pytest.mark.parametrize("largest", [0.004, 0.7, 3.0, 9.99, 99.0, 812.0, 120_000.0])
def test_a_figure_has_a_few_round_ticks_and_keeps_inside_its_frame(largest: float) -> None:
    figure = dot_figure([("arm", [Dot(Estimate(value=largest / 2, low=0.0, high=largest), "total")])], "x")
    assert 3 <= figure.count('class="tick"') <= 12
    places = [float(x) for x in re.findall(r'(?:cx|x1|x2)="([\d.]+)"', figure)]
    assert max(places) <= 700.1


def test_a_figure_without_figures_is_none() -> None:
    assert dot_figure([("arm", [Dot(Estimate(reason="none"), "total")])], "x") == ""
