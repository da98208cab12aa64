import io
from pathlib import Path

from rich.console import Console

from analysis.data.run import load_run
from analysis.records.calibration import CalibrationSummary, IdenticalArms, PlantedThroughput
from analysis.report.calibration import calibration_words, print_calibration
from analysis.report.conditions import conditions
from analysis.report.sentences import comparison_sentence, headline, sensitivity_sentence
from analysis.statistics.estimate import Estimate
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from tests.analysis.build_run import MiniRun
from tests.analysis.calibration.make_calibration import make_calibration


def _printed(calibration: CalibrationSummary) -> str:
    text = io.StringIO()
    print_calibration(calibration, Path("results/calibration/h1.json"), Console(file=text))
    return text.getvalue()


def test_the_tables_say_what_was_planted_and_found() -> None:
    text = _printed(make_calibration())
    assert text.startswith("CALIBRATED: ")
    for words in (
        "26.0 [22.0, 30.0] us",
        "1.004 [0.980, 1.030] ms",
        "5 min",
        "0.066",
        "50000 [48000, 52000]",
    ):
        assert words in text
    assert "Smallest planted effect seen: 25 us of CPU" in text
    assert "no CPU difference below 4.0 us and no p50 difference below 0.020 ms is called one" in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_throughput_that_planted_cpu_leaves_is_told() -> None:
    lost = PlantedThroughput(
        arm="cpu +25 us",
        planted_us=25.0,
        control_us=Estimate(value=100.0, low=98.0, high=102.0),
        predicted=0.8,
        recovered=Estimate(value=0.79, low=0.77, high=0.82),
        found=True,
    )
    bound = lost.model_copy(update={"arm": "cpu +50 us", "found": None, "not_judged": "a lower bound"})
    alike = IdenticalArms(
        metric="throughput_rps", difference=Estimate(value=3.0, low=-40.0, high=46.0), verdict=False
    )
    plain = make_calibration()
    found = plain.model_copy(update={"throughput": [lost, bound], "identical": [*plain.identical, alike]})
    text = _printed(found)
    for words in ("0.800", "0.790 [0.770, 0.820]", "not judged: a lower bound", "3 [-40, 46] requests/s"):
        assert words in text
    assert "found again, and in throughput 1 of 1, identical" in calibration_words(found)
    assert "throughput" not in calibration_words(plain)


def test_a_failed_one_begins_with_why() -> None:
    text = _printed(make_calibration(cpu_us=None, reasons=["the planted 25 us were not recovered"]))
    assert text.splitlines()[:2] == [
        "NOT CALIBRATED: what this harness finds here cannot be believed.",
        "! the planted 25 us were not recovered",
    ]
    assert "NO" in text
    assert "Smallest planted effect seen: none of CPU" in text
    assert "no CPU difference of any size" in text


def test_reports_say_in_a_line_whether_the_machine_is_calibrated() -> None:
    assert "run make calibrate" in calibration_words(None)
    words = calibration_words(make_calibration())
    assert words.startswith(
        "2026-11-20 (20261120T090000Z-calibrate-abc123): 2 of 2 planted effects found again"
    )
    failed = calibration_words(make_calibration(cpu_us=None, reasons=["x"]))
    assert failed.startswith("FAILED, run make calibrate again: ")


def test_it_is_among_the_conditions_of_every_report(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5).write(tmp_path))
    assert dict(conditions(summarize(judge_run(run))))["calibration"].startswith("not calibrated")
    calibrated = summarize(judge_run(run, calibration=make_calibration()))
    assert "2 of 2 planted" in dict(conditions(calibrated))["calibration"]


def test_a_difference_too_small_to_see_says_so(tmp_path: Path) -> None:
    run = load_run(MiniRun(generations=5, noise=0.005, lean=True).write(tmp_path))
    summary = summarize(judge_run(run, calibration=make_calibration(cpu_us=200.0)))
    sentence = comparison_sentence(summary.comparisons[0], summary.margin)
    assert "cannot be told apart" in sentence
    assert "is less than this machine's calibration can see (200.0 us)" in sentence
    assert sentence in headline(summary)
    lean = sensitivity_sentence(summary.sensitivity[0])
    assert "the library's part is less than this machine's calibration can see (200.0 us)" in lean
