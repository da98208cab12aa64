"""Where faults are injected: a temporary folder with a clean run, and live runs that several faults share."""

import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from functools import cached_property, partial
from itertools import count
from pathlib import Path
from unittest import mock

from analysis.judge import enough, generations_expected, judge, plan_cycles
from authbench.contracts.experiment import find_experiment, find_workload
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import JudgedSlice
from loadtests.harness.load import pipe
from loadtests.harness.run.outlook import Outlook
from loadtests.harness.run.run import RunRequest, run_experiment
from loadtests.harness.run.start_or_resume import fresh_start
from selftest.objection import Objection
from selftest.observed import ObservedRun
from selftest.recording import Recording

EXPERIMENTS = Path(__file__).with_name("experiments")
ENGINES = "selftest.engines"
TWINS_DIFFER = Objection("V21", "void-run")
"""Of one sound run in a hundred, by the rule's own limit."""


@contextmanager
def engine(module: str) -> Iterator[None]:
    """Start another engine than the real one."""
    with mock.patch.object(pipe, "ENGINE_MODULE", f"{ENGINES}.{module}"):
        yield


class _Told:
    """A run's progress on one line, and a hook for what begins with the measuring."""

    def __init__(self, name: str, when_measuring: Callable[[], None] | None) -> None:
        self._name = name
        self._when_measuring = when_measuring

    def phase(self, text: str) -> None:
        print(f"     ({self._name}: {text})", file=sys.stderr, flush=True)
        if self._when_measuring and text.endswith("measuring"):
            self._when_measuring()

    def outlook(self, outlook: Outlook) -> None:
        pass

    def slices(self, recorded: list[JudgedSlice]) -> None:
        pass


class Laboratory:
    """Runs what faults need, once. `folder` is removed by whoever made it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = count()
        self.made: dict[str, ObservedRun] = {}
        """Live runs so far, by the name of their experiment."""
        self.not_made: dict[str, Failure] = {}
        """Live runs that ended before they were whole, and why: nothing can be said of their faults."""

    @cached_property
    def clean(self) -> ObservedRun:
        """A run with nothing wrong.

        Where its identical arms differ by chance it is made once more, as that rule advises; what differs
        again is told.
        """
        if TWINS_DIFFER in self.live("clean").objections():
            print(
                "     (clean: its identical arms differ, so it is made once more)",
                file=sys.stderr,
                flush=True,
            )
            del self.made["clean"]
        return self.live("clean")

    def live(
        self,
        name: str,
        engine_module: str | None = None,
        when_measuring: Callable[[], None] | None = None,
        *,
        verification_must_stop: bool = False,
    ) -> ObservedRun:
        """Run the experiment of that name as `authbench run` does, once, and return what the rules say of it.

        Raise Failure, each time it is asked for, where the run could not be made: it ended before it was
        whole. A run that verification must stop is made when verification stopped it, and not otherwise.
        """
        if name in self.not_made:
            raise self.not_made[name]
        if name not in self.made:
            raw, stopped = self._execute(name, engine_module, when_measuring)
            expected = ExitCode.VERIFICATION if verification_must_stop else ExitCode.DONE
            if (stopped.exit_code if stopped else ExitCode.DONE) is not expected:
                reason = stopped or "verification found nothing to object to"
                self.not_made[name] = Failure(f"the run {name!r} could not be made: {reason}")
                raise self.not_made[name]
            self.made[name] = ObservedRun(raw, stopped)
        return self.made[name]

    def _execute(
        self, name: str, engine_module: str | None, when_measuring: Callable[[], None] | None
    ) -> tuple[Path, Failure | None]:
        """Run the experiment; return its raw directory, and what ended it early if something did."""
        chosen = find_experiment(str(EXPERIMENTS / f"{name}.toml"))
        workload = find_workload(chosen.workload)
        request = RunRequest(
            start=fresh_start(chosen, workload, "make selftest"),
            results=self.folder / "live",
            judge=partial(judge, loop=workload.loop),
            enough=enough,
            plan_cycles=plan_cycles,
            expect=generations_expected,
            progress=_Told(name, when_measuring),
        )
        raw = request.results / "raw" / request.start.manifest.run_id
        try:
            with engine(engine_module) if engine_module else nullcontext():
                run_experiment(request)
        except Failure as failure:
            return raw, failure
        return raw, None

    def results(self) -> Path:
        """A fresh folder for results."""
        folder = self.folder / f"recorded-{next(self._numbers):03d}"
        (folder / "raw").mkdir(parents=True)
        return folder

    @cached_property
    def quiet(self) -> ObservedRun:
        """The clean run as a quiet machine would have left it: no time stolen, none waited."""
        recording = Recording(self._copy(self.clean))
        recording.change_slices(
            None, lambda record: {"steal": dict.fromkeys(record.steal, 0.0), "app_run_queue_wait_ns": None}
        )
        recording.judge_again()
        return ObservedRun(recording.path)

    def spoilt(self, change: Callable[[Recording], None]) -> set[Objection]:
        """What is objected to a changed copy of the quiet run, beyond what is to that run itself.

        Failure where its directory cannot even be read.
        """
        recording = Recording(self._copy(self.quiet))
        change(recording)
        return ObservedRun(recording.path).objections(beyond=self.quiet)

    def _copy(self, run: ObservedRun) -> Path:
        return Path(shutil.copytree(run.raw, self.results() / "raw" / run.raw.name))
