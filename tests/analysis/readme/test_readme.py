"""README and picture are what the command writes from the committed run; other runs give other words."""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from analysis.readme.__main__ import main, outputs, reference_run
from analysis.readme.blocks import rewritten
from analysis.readme.picture import draw, shown_arms
from analysis.records.summary import Comparison, Summary, ThroughputSummary
from analysis.statistics.estimate import Estimate
from authbench.contracts.failure import ExitCode, Failure

ROOT = Path(__file__).parents[3]
PAGE = "results/page.html"


@pytest.fixture(scope="module")
def summary() -> Summary:
    return Summary.model_validate_json((reference_run() / "summary.json").read_text("utf-8"))


def block(name: str, summary: Summary) -> str:
    begin, end = f"<!-- figures: {name} -->\n", "<!-- end of figures -->"
    return " ".join(rewritten(begin + "old\n" + end, summary, PAGE, {}).split())


def test_what_is_committed_is_what_the_command_writes() -> None:
    for path, content in outputs(reference_run()).items():
        assert path.read_text("utf-8") == content, f"run: python -m analysis.readme ({path.name})"


def test_text_outside_the_blocks_stays(summary: Summary) -> None:
    text = "before\n<!-- figures: table -->\nold\n<!-- end of figures -->\nafter\n"
    written = rewritten(text, summary, PAGE, {})
    assert written.startswith("before\n<!-- figures: table -->\n`GET /me`")
    assert written.endswith("<!-- end of figures -->\nafter\n")
    assert "old" not in written


def test_an_unknown_block_is_one_line(summary: Summary) -> None:
    with pytest.raises(Failure, match="unknown block of figures 'tabel'"):
        block("tabel", summary)


def test_no_code_is_broken_over_two_lines(summary: Summary) -> None:
    written = rewritten("<!-- figures: answer -->\n<!-- end of figures -->", summary, PAGE, {})
    assert all(line.count("`") % 2 == 0 for line in written.splitlines())


def test_a_measured_throughput_is_a_column_and_a_panel(summary: Summary) -> None:
    rps = Estimate(value=5000, low=4900, high=5100)
    served = ThroughputSummary(
        rps=rps,
        at_least=False,
        app_busy=0.99,
        generator_busy=0.5,
        store_busy=0.2,
        cpu_app_us=rps,
        cpu_total_us=rps,
    )
    bound = served.model_copy(update={"at_least": True, "reason": "the generator was full"})
    arms = [arm.model_copy(update={"throughput": served}) for arm in summary.arms]
    arms[2] = arms[2].model_copy(update={"throughput": bound, "marks": {"latency": ["V10"]}})
    measured = summary.model_copy(update={"arms": arms})
    table = block("table", measured)
    assert "requests/s of one core" in table
    assert "| 5,000 |" in table
    assert "| at least 5,000 |" in table
    assert "\\* indicative" in table
    without = summary.model_copy(
        update={"arms": [arm.model_copy(update={"throughput": None}) for arm in summary.arms]}
    )
    assert "requests/s of one core" not in block("table", without)
    assert "Requests/s of one core" in draw(measured, "light")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"ratio": 0.9, "low": 0.88, "high": 0.92, "difference": -20.0}, "**10 % less CPU**"),
        ({"verdict": "inconclusive"}, "could not be told apart"),
        ({"ratio": None, "low": None, "difference": None}, "could not be told apart"),
    ],
)
def test_the_answer_follows_the_verdict(summary: Summary, change: dict[str, object], words: str) -> None:
    def changed(c: Comparison) -> Comparison:
        return c.model_copy(update=change) if c.primary else c

    other = summary.model_copy(update={"comparisons": [changed(c) for c in summary.comparisons]})
    assert words in block("answer", other)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_picture_is_svg_with_every_arm(summary: Summary, scheme: str) -> None:
    picture = draw(summary, scheme)
    ElementTree.fromstring(picture)
    assert all(f">{arm.arm}<" in picture for arm in shown_arms(summary))
    assert not re.search(r'fill="(?:black|#000)"', picture) or scheme == "light"


def test_a_run_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == ExitCode.USAGE
    assert f"{tmp_path.resolve()}/summary.json: is missing" in capsys.readouterr().err
