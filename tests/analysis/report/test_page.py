import re
from html.parser import HTMLParser
from pathlib import Path

from analysis.charts.render import figures_of
from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.report.page import render_page, section_names
from analysis.summary.judged_run import judge_run
from analysis.summary.latency_curves import latency_curves
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MIXED, READ, MiniRun

_VOID = {"meta", "br"}


class _Tags(HTMLParser):
    """Collects tags and attributes, and fails on one that is closed out of order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def _summary(mini: MiniRun, tmp_path: Path) -> Summary:
    return summarize(judge_run(load_run(mini.write(tmp_path))))


def _page(mini: MiniRun, tmp_path: Path) -> str:
    run = load_run(mini.write(tmp_path))
    summary = summarize(judge_run(run))
    return render_page(summary, figures_of(summary, latency_curves(judge_run(run))))


def _parsed(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []
    return tags


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    tags = _parsed(_page(MiniRun(generations=5), tmp_path))
    assert not {tag for tag, _ in tags.seen} & {"link", "img", "iframe", "object"}
    attributes = [(name, value) for _, pairs in tags.seen for name, value in pairs.items()]
    assert not {name for name, _ in attributes if name == "src" or name.startswith("on")}
    assert {value[:1] for name, value in attributes if name == "href" and value} <= {"#"}
    policy = next(pairs["content"] for _, pairs in tags.seen if "http-equiv" in pairs)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_there_is_exactly_one_figure_library(tmp_path: Path) -> None:
    page = _page(MiniRun(generations=5), tmp_path)
    assert len(re.findall(r"window\.vegaEmbed\s*=", page)) == 1
    assert len(page) < 1_500_000


def test_every_figure_has_a_place_words_and_conditions(tmp_path: Path) -> None:
    page = _page(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED), tmp_path)
    tags = _parsed(page)
    plots = [pairs for _, pairs in tags.seen if "data-figure" in pairs]
    assert len(plots) == 10
    assert all(pairs["role"] == "img" and pairs["aria-label"] for pairs in plots)
    for caption in re.findall(r"<figcaption>(.*?)</figcaption>", page, re.DOTALL):
        assert "PyJWT 2.15.1, redis-py 8.1.0, not JWT and sessions as such" in caption
        assert "200 requests/s" in caption
        assert "store Redis 6.2.14, allocator jemalloc-5.1.0, round trip 45 us" in caption
        assert "each part on processors of its own" in caption
    assert "By operation" in page
    assert "hashing passwords" in page


def test_the_page_says_what_the_terminal_says(tmp_path: Path) -> None:
    page = _page(MiniRun(generations=5), tmp_path)
    for words in (
        "costs 21% more CPU per request",
        "1 getex",
        "200 requests/s for every arm",
        "V29",
        "V21",
        "how long a revoked credential really lives",
        "described, not judged",
    ):
        assert words in page
    assert page.index("costs 21% more") < page.index("<h2")


def test_a_closed_loop_has_no_latency(tmp_path: Path) -> None:
    closed = READ.model_copy(update={"loop": "closed"})
    page = _page(MiniRun(generations=5, workload=closed), tmp_path)
    assert "No latency: in a closed loop the server slows its own load" in page
    assert '<th scope="col">service p99' not in page


def test_what_comes_from_a_run_is_escaped(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["stop_reason"] = "<script>alert(1)</script>"
    summary = _summary(mini, tmp_path)
    arms = [arm.model_copy(update={"arm": "<b>arm</b>"}) for arm in summary.arms]
    renamed = summary.model_copy(update={"arms": arms})
    figures = figures_of(renamed, [])
    page = render_page(renamed, figures)
    assert "<script>alert" not in page
    own_words = page[: page.index("<script>")] + page[page.rindex("</script>") :]
    assert "<b>" not in own_words
    specs = page[page.index('id="specs"') : page.index('id="themes"')]
    assert "<b>" not in specs
    assert "\\u003cb>arm" in specs
    _parsed(page)


def test_a_run_without_figures_has_a_page_too(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["status"] = "aborted"
    page = _page(mini, tmp_path)
    assert "INVALID" in page
    assert "<script" not in page


def test_sections_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = section_names()
    assert names[0] == "report/sections/010-schemes.html.jinja"
    assert names[-1] == "report/sections/120-conditions.html.jinja"
    page = _page(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED), tmp_path)
    headings = re.findall(r'<h2 id="(\w+)"', page)
    shown = [name for name in names if re.search(r"\d+-(\w+)", name)[1] in headings]  # type: ignore[index]
    assert [re.search(r"\d+-(\w+)", name)[1] for name in shown] == headings  # type: ignore[index]
