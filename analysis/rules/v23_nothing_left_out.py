from collections import Counter

from analysis.data.rows import SliceKey
from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.finding import slice_name
from analysis.validity.limits import VOID_SHARE_FACTOR, VOID_SLICES_COUNTED
from authbench.contracts.run_directory import samples_files
from authbench.words.counting import counted


class NothingLeftOut(RunRule):
    """V23 voids a run that is not whole on disk: its status, lines, planned slices, samples files and their
    rows; refuses figures where voiding hit one arm more than another.
    """

    code = "V23"
    lie = "nothing was left out"
    limits = (VOID_SHARE_FACTOR, VOID_SLICES_COUNTED)
    advice = "run again: what is missing cannot be rebuilt"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        manifest = run.manifest
        if manifest.status != "complete":
            running = manifest.status == "running"
            state = "is still running, or was killed" if running else f"was {manifest.status}"
            reason = f" ({manifest.status_reason})" if manifest.status_reason else ""
            yield self.finding("void-run", "the run", f"the run {state}{reason}: its figures are not used")
        for text in run.damage:
            yield self.finding("void-run", "the run", f"damaged: {text}")
        if not run.whole:
            return
        recorded, found = manifest.slices_recorded, run.lines
        if recorded != found:
            what = f"{counted(found, 'slice is', 'slices are')} there, the manifest counted {recorded}"
            yield self.finding("void-run", "slices.jsonl", what, found, recorded)
        yield from self._check_planned(run)
        yield from self._check_ladder(run)
        yield from self._check_saturated(run)
        yield from self._check_samples(run)
        yield from self._check_void_shares(run)

    def _check_planned(self, run: RunData) -> Findings:
        """Each planned slice of the offered rate, and of an own rate, is there; one attempt of each counts.

        The run's plan says how many cycles a generation has. A slice whose attempts are all void is no gap:
        its cycle is left out of the comparisons and counted.
        """
        manifest = run.manifest
        valid: Counter[tuple[int, int, str]] = Counter()
        for judged in run.records:
            if judged.measured.purpose in ("main", "own-rate"):
                key = (judged.measured.generation, judged.measured.cycle, judged.measured.arm)
                valid[key] += not judged.void_because
        planned = set()
        for generation in manifest.whole_generations:
            cycles = manifest.cycles_of(generation)
            for cycle in range(cycles):
                planned |= {(generation, cycle, arm) for arm in manifest.main_arms}
                planned |= {(generation, cycles + cycle, arm) for arm in manifest.own_block}
        for slices, words in (
            (
                planned - valid.keys(),
                ("planned slice was never measured", "planned slices were never measured"),
            ),
            (
                valid.keys() - planned,
                ("measured slice was never planned", "measured slices were never planned"),
            ),
        ):
            if slices:
                yield self.finding(
                    "void-run", slice_name(*min(slices)), counted(len(slices), *words), len(slices), 0
                )
        twice = [key for key, count in valid.items() if count > 1]
        if twice:
            key = min(twice)
            what = f"{counted(valid[key], 'attempt')} of one slice count as valid"
            yield self.finding("void-run", slice_name(*key), what, valid[key], 1)

    def _check_ladder(self, run: RunData) -> Findings:
        """Every further rate was measured in each generation, on the same arms; void attempts count."""
        measured: dict[tuple[int, float], set[str]] = {}
        for judged in run.records:
            record = judged.measured
            if record.purpose == "ladder":
                measured.setdefault((record.generation, record.offered_rate_rps), set()).add(record.arm)
        arms = set().union(*measured.values())
        for generation in run.manifest.whole_generations:
            for rate in run.manifest.ladder_rps:
                found = measured.get((generation, rate), set())
                if not found or found != arms:
                    where = f"{rate:g} requests/s in generation {generation}"
                    asked = max(len(arms), 1)
                    what = f"the ladder is not whole: {len(found)} of {counted(asked, 'arm')} were measured"
                    yield self.finding("void-run", where, what, len(found), asked)
                    return

    def _check_saturated(self, run: RunData) -> Findings:
        """Each generation has as many saturated slices of every arm as planned; one attempt of each counts.

        Their cycles are numbered behind the others, so they are counted, and need no numbers. The rows of a
        saturated slice are not kept.
        """
        valid: Counter[tuple[int, int, str]] = Counter()
        for judged in run.saturated:
            key = (judged.measured.generation, judged.measured.cycle, judged.measured.arm)
            valid[key] += not judged.void_because
        cycles = Counter((generation, arm) for generation, _, arm in valid)
        planned = run.manifest.experiment.saturated_cycles
        for generation in run.manifest.whole_generations:
            for arm in run.arms:
                found = cycles.pop((generation, arm), 0)
                if found != planned:
                    where = f"{arm} in generation {generation}"
                    what = (
                        f"{counted(found, 'saturated slice was', 'saturated slices were')} measured, "
                        f"where {planned} were planned"
                    )
                    yield self.finding("void-run", where, what, found, planned)
                    return
        if cycles:
            generation, arm = min(cycles)
            what = "saturated slices were measured that were never planned"
            yield self.finding("void-run", f"{arm} in generation {generation}", what, len(cycles), 0)
        twice = [key for key, count in valid.items() if count > 1]
        if twice:
            key = min(twice)
            what = f"{counted(valid[key], 'attempt')} of one saturated slice count as valid"
            yield self.finding("void-run", slice_name(*key), what, valid[key], 1)

    def _check_samples(self, run: RunData) -> Findings:
        yield from self._check_rows(run)
        if run.manifest.own_arms:
            yield from self._check_rows(run.own_block)

    def _check_rows(self, run: RunData) -> Findings:
        """Each valid slice has as many rows as requests were scheduled, and no others are there."""
        rows = {key: where.stop - where.start for key, where in run.rows.slices.items()}
        files = samples_files(run.path)
        for record in run.valid:
            key = SliceKey(record.generation, record.cycle, record.arm, record.position)
            found = rows.pop(key, 0)
            if found != record.scheduled:
                where = slice_name(record.generation, record.cycle, record.arm)
                what = f"{found} of {counted(record.scheduled, 'row')} are there"
                if (record.generation, record.cycle) not in files:
                    what = "its samples file is missing"
                yield self.finding("void-run", where, what, found, record.scheduled)
                return
        for generation, cycle, arm, _ in rows:
            where = slice_name(generation, cycle, arm)
            yield self.finding("void-run", where, "there are rows of a slice that does not count")
            return

    def _check_void_shares(self, run: RunData) -> Findings:
        """The arms' shares of void slices differ by no more than a factor two, or voiding selects."""
        total = Counter(judged.measured.arm for judged in run.main)
        void = Counter(judged.measured.arm for judged in run.main if judged.void_because)
        shares = {arm: void[arm] / total[arm] for arm in run.arms if total[arm]}
        if not shares:
            return
        most, least = max(shares, key=lambda arm: shares[arm]), min(shares, key=lambda arm: shares[arm])
        limit = VOID_SHARE_FACTOR.value * shares[least]
        if void[most] >= VOID_SLICES_COUNTED.value and shares[most] > limit:
            sentence = (
                f"{shares[most]:.1%} of {most}'s slices are void and {shares[least]:.1%} of {least}'s: "
                "what is left is a selection"
            )
            yield self.finding(
                "refuse-figure",
                "the run",
                sentence,
                shares[most],
                limit,
                unit="share of slices void",
                advice="remove what voids slices (see their rules) and run again",
                refuses="all",
            )
