"""The runs that tests of plans read: the committed one, and miniature ones that are made once."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from analysis.data.run import load_run
from analysis.records.summary import Summary
from analysis.summary.judged_run import judge_run
from analysis.summary.summarize import summarize
from authbench.contracts.records import Manifest
from authbench.contracts.run_directory import read_manifest
from tests.analysis.build_run import ARMS, MIXED, MiniRun

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "results" / "reference"
QUICK = next((REFERENCE / "raw").glob("*-quick-*"))
"""The raw directory of the committed run of quick."""
Run = tuple[Summary, Manifest]


@cache
def reference(experiment: str = "quick") -> Run:
    """The committed run of the experiment, as its summary was committed."""
    raw = next((REFERENCE / "raw").glob(f"*-{experiment}-*"))
    derived = REFERENCE / "derived" / raw.name / "summary.json"
    return Summary.model_validate_json(derived.read_text("utf-8")), read_manifest(raw)


def carries_rps(arm: str) -> float:
    """Requests/s that a core carries, 60 % busy, by the CPU of the application in the committed quick run."""
    (found,) = (one for one in reference()[0].arms if one.arm == arm)
    assert found.cpu_app_us.value is not None
    return 0.6e6 / found.cpu_app_us.value


@cache
def mini() -> Run:
    """Reads at three rates, and saturated: 700 us behind a session, 600 us behind a token."""
    return summarized(MiniRun(generations=5, ladder=(100.0, 400.0), saturated_cycles=3))


@cache
def mixed() -> Run:
    """Nine reads to a login that hashes for 30 ms."""
    return summarized(MiniRun(generations=5, workload=MIXED))


@cache
def cheap() -> Run:
    """Requests that cost a tenth, measured at a rate far below what a core would carry."""
    return summarized(MiniRun(generations=5, factor=dict.fromkeys(ARMS, 0.1)))


def summarized(run: MiniRun) -> Run:
    """Write the run, read it back, judge and summarize it."""
    with TemporaryDirectory() as folder:
        data = load_run(run.write(Path(folder)))
        return summarize(judge_run(data)), data.manifest
