import itertools
import re
from html.parser import HTMLParser
from pathlib import Path

from analysis.charts.figure import Figure
from analysis.charts.render import figures_of, svg_of
from analysis.curves.latency import latency_curves
from analysis.curves.timeline import timeline
from analysis.data.run import load_run
from analysis.records.summary import RankSummary, Summary
from analysis.report.frame import section_names
from analysis.report.page import SECTIONS, render_page
from analysis.security.evidence import Evidence
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.security.drill_history import Effect
from tests.analysis.answered import BOUND, SO_WHAT, answered
from tests.analysis.build_run import MIXED, READ, MiniRun
from tests.analysis.security.reports import drill_report, drilled, every_outcome, revocation_report

_VOID = {"meta", "br", "img", "input"}


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
    return _rendered(summary, figures_of(summary, latency_curves(judge_run(run)), timeline(run)))


def _rendered(summary: Summary, figures: dict[str, Figure]) -> str:
    return render_page(summary, figures, {name: svg_of(figure) for name, figure in figures.items()})


def _parsed(page: str) -> _Tags:
    tags = _Tags()
    tags.feed(page)
    tags.close()
    assert tags.open == []
    return tags


def test_the_page_needs_nothing_but_itself(tmp_path: Path) -> None:
    tags = _parsed(_page(MiniRun(generations=5), tmp_path))
    assert not {tag for tag, _ in tags.seen} & {"link", "iframe", "object"}
    attributes = [(name, value) for _, pairs in tags.seen for name, value in pairs.items()]
    assert not {name for name, _ in attributes if name.startswith("on")}
    sources = [value or "" for name, value in attributes if name == "src"]
    assert all(source.startswith("data:image/svg+xml,") for source in sources)
    assert {value[:1] for name, value in attributes if name == "href" and value} <= {"#"}
    policy = next(pairs["content"] for _, pairs in tags.seen if "http-equiv" in pairs)
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_there_is_exactly_one_figure_library(tmp_path: Path) -> None:
    page = _page(MiniRun(generations=5), tmp_path)
    assert len(re.findall(r"window\.vegaEmbed\s*=", page)) == 1
    assert len(page) < 1_500_000


def test_every_figure_has_a_place_and_words_and_conditions_stand_once(tmp_path: Path) -> None:
    page = _page(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED), tmp_path)
    tags = _parsed(page)
    plots = [pairs for _, pairs in tags.seen if "data-figure" in pairs]
    assert len(plots) == 15
    assert len([tag for tag, _ in tags.seen if tag == "img"]) == len(plots)
    assert all(pairs["role"] == "img" and pairs["aria-label"] for pairs in plots)
    assert page.count("PyJWT 2.15.1, redis-py 8.1.0, not JWT and sessions as such") == 1
    assert page.count("each part on processors of its own") == 1
    for caption in re.findall(r"<figcaption>(.*?)</figcaption>", page, re.DOTALL):
        assert caption
        assert "PyJWT" not in caption
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
    assert '<th scope="col">service p' not in page


def test_what_comes_from_a_run_is_escaped(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["stop_reason"] = "<script>alert(1)</script>"
    summary = _summary(mini, tmp_path)
    arms = [arm.model_copy(update={"arm": "<b>arm</b>"}) for arm in summary.arms]
    renamed = summary.model_copy(update={"arms": arms})
    figures = figures_of(renamed, [])
    page = _rendered(renamed, figures)
    assert "<script>alert" not in page
    own_words = page[: page.index("<script>")] + page[page.rindex("</script>") :]
    assert "<b>" not in own_words
    specs = page[page.index('id="specs"') : page.index('id="themes"')]
    assert "<b>" not in specs
    assert "\\u003cb>arm" in specs
    _parsed(page)


def _answered_page(tmp_path: Path) -> str:
    run = load_run(MiniRun(generations=5).write(tmp_path))
    summary = answered(summarize(judge_run(run)))
    return _rendered(summary, figures_of(summary, latency_curves(judge_run(run)), timeline(run)))


def test_the_page_opens_with_status_verdict_and_what_it_means(tmp_path: Path) -> None:
    page = _answered_page(tmp_path)
    opening = page[: page.index("<h2")]
    assert 'latency <strong class="INDICATIVE">INDICATIVE</strong>' in opening
    assert 'store load <strong class="NOT-MEASURED">NOT MEASURED</strong>' in opening
    assert "costs 21% more" in opening
    assert SO_WHAT in opening
    places = [page.index(f'<figure id="answer-{name}"') for name in ("cost", "latency", "throughput")]
    assert places == sorted(places)


def test_marks_and_lower_bounds_have_their_reason_once_below(tmp_path: Path) -> None:
    page = _answered_page(tmp_path)
    assert page.count('title="V06: the generator was late">†</a>') >= 4
    below = page[page.index('<div id="marks"') : page.index('<h2 id="cpu"')]
    assert below.count("the generator was late") == 1
    assert f"<strong>At least:</strong> jwt-hs256: {BOUND}" in page
    assert "4,450" in page


def test_a_cached_scheme_is_told_at_four_gaps(tmp_path: Path) -> None:
    page = _answered_page(tmp_path)
    row = page[page.index('<th scope="row">jwt-cached') :]
    cells = re.findall(r"<td[^>]*>(.*?)</td>", row[: row.index("</tr>")])
    # A window of 60 s: one request a second misses once in 61, one every 60 s half of the time.
    assert cells[3:7] == ["22 [17, 27]", "34 [29, 40]", "70 [62, 78]", "111 [101, 120]"]


def test_the_run_itself_tells_its_plan_and_where_its_time_went(tmp_path: Path) -> None:
    page = _answered_page(tmp_path)
    assert "chose 6 cycles for each later one" in page
    assert '<th scope="col">seeding</th>' in page
    assert page.index('<figure id="run-cost"') < page.index('<figure id="run-lateness"')


def test_a_run_that_ranks_its_arms_leads_with_their_places(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5).write(tmp_path))
    ranks = [RankSummary(place=1, arm="jwt-hs256", dearer_than=[])]
    summary = answered(summarize(judge_run(run))).model_copy(update={"ranking": ranks})
    page = _rendered(summary, figures_of(summary, []))
    assert re.search(r'<h2 id="answers"[^>]*>By cost and by throughput</h2>', page)
    assert '<th scope="row">jwt-hs256</th><td>1</td><td>-</td>' in page  # a lower bound has no place
    assert '<th scope="row">session-redis</th><td>-</td><td>1</td>' in page


def test_every_table_has_a_caption_and_every_heading_its_scope(tmp_path: Path) -> None:
    tags = _parsed(_answered_page(tmp_path))
    names = [tag for tag, _ in tags.seen]
    assert names.count("table") == names.count("caption")
    assert all(pairs.get("scope") in ("row", "col") for tag, pairs in tags.seen if tag == "th")
    headings = [int(tag[1]) for tag in names if re.fullmatch(r"h\d", tag)]
    assert headings[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(headings))


def test_a_run_without_figures_has_a_page_too(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["status"] = "aborted"
    page = _page(mini, tmp_path)
    assert "INVALID" in page
    assert "vegaEmbed =" not in page


def test_sections_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    names = section_names(SECTIONS)
    assert names[0] == "report/sections/010-answers.html.jinja"
    assert names[-1] == "report/sections/130-conditions.html.jinja"
    page = _page(MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED), tmp_path)
    headings = re.findall(r'<h2 id="(\w+)"', page)
    assert re.findall(r'<li><a href="#(\w+)">', page) == headings  # the contents at the top
    shown = [name for name in names if re.search(r"\d+-(\w+)", name)[1] in headings]  # type: ignore[index]
    assert [re.search(r"\d+-(\w+)", name)[1] for name in shown] == headings  # type: ignore[index]


def test_security_that_was_measured_elsewhere_is_a_section(tmp_path: Path) -> None:
    run = load_run(MiniRun().write(tmp_path))
    summary = summarize(judge_run(run))
    assert 'id="security"' not in render_page(summary, {}, {})
    drill = drill_report("store-killed", Effect.UNREACHABLE, drilled("session-redis"))
    page = render_page(summary, {}, {}, Evidence(every_outcome(), revocation_report(), (drill,)))
    section = page.partition('<h2 id="security"')[2].partition("</section>")[0]
    assert "up to 0.006 s in 8" in section
    assert "attack E1 (E1): 1 of 2 attacks that were run" in section
    assert "store-killed: 10 of 100 requests failed" in section
    assert "20261126T150001Z-attack-1a2b3c" in section
