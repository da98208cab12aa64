"""Every figure as altair validates it and as a picture."""

import html
import json
import re
from pathlib import Path

import altair
import pytest

from analysis.charts.figure import Figure
from analysis.charts.render import figures_of, script, svg_of
from analysis.curves.latency import latency_curves
from analysis.curves.timeline import timeline
from analysis.data.run import load_run
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import ARMS, LEAN, MIXED, MiniRun


def _figures(mini: MiniRun, folder: Path) -> dict[str, Figure]:
    run = load_run(mini.write(folder))
    summary = summarize(judge_run(run))
    return figures_of(summary, latency_curves(judge_run(run)), timeline(run))


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Figure]:
    mini = MiniRun(generations=5, lean=True, ladder=(100.0, 400.0), workload=MIXED)
    return _figures(mini, tmp_path_factory.mktemp("run"))


def test_a_full_run_has_every_figure(figures: dict[str, Figure]) -> None:
    assert list(figures) == [
        "answer-cost",
        "answer-latency",
        "auth-tax",
        "cpu",
        "service-time",
        "response-time",
        "store-commands",
        "store-bytes",
        "store-memory",
        "wire-bytes",
        "ladder",
        "library-share",
        "run-cost",
        "run-lateness",
        "run-steal",
    ]


def test_each_is_a_valid_description_and_the_same_picture_every_time(figures: dict[str, Figure]) -> None:
    for figure in figures.values():
        first = svg_of(figure)
        assert first == svg_of(figure)
        assert first.startswith("<svg")
        assert figure.alt
        assert figure.reading
        assert altair.Chart.from_dict(figure.spec, validate=True).to_dict()["description"] == figure.alt
        assert not {"url", "href"} & set(re.findall(r'"(\w+)":', json.dumps(figure.spec)))


def test_a_picture_shows_arms_and_the_noise_floor(figures: dict[str, Figure]) -> None:
    tax = svg_of(figures["auth-tax"])
    for arm in (*ARMS[1:], LEAN):
        assert f">{arm}</text>" in tax
    kinds = {row["kind"] for row in figures["auth-tax"].spec["data"]["values"]}
    assert kinds == {"part", "total", "noise"}


def test_what_a_run_lacks_is_no_empty_figure(tmp_path: Path) -> None:
    mini = MiniRun()
    mini.manifest["store_memory"] = {}
    mini.manifest["placement"] = None  # refuses every comparison of CPU, and leaves the figures
    found = _figures(mini, tmp_path)
    assert "store-memory" not in found
    assert not {"ladder", "library-share"} & set(found)
    assert {"answer-cost", "cpu", "auth-tax"} <= set(found)


def test_commands_of_a_store_are_named_and_not_coloured(figures: dict[str, Figure]) -> None:
    commands = svg_of(figures["store-commands"])
    assert re.search(r">0\.\d+ getex, 0\.2 sadd, 0\.1 set</text>", commands)


def test_a_picture_has_no_place_for_a_pointer(figures: dict[str, Figure]) -> None:
    assert any(layer.get("name") == "pointer" for layer in figures["service-time"].spec["layer"])
    picture = svg_of(figures["answer-cost"])
    assert 'opacity="0"' not in picture
    assert f"<title>{html.escape(figures['answer-cost'].alt, quote=False)}</title>" in picture


def test_the_library_is_one_script_that_cannot_end_its_element() -> None:
    text = script()
    assert "</script" not in text
    assert len(re.findall(r"window\.vegaEmbed\s*=", text)) == 1
