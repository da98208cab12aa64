"""V23, against picking: every planned slice is on disk, void ones included, and counted once."""

from collections import Counter

from analysis.data.rows import SliceKey
from analysis.data.run import RunData
from analysis.validity.finding import Finding, slice_name
from analysis.validity.limits import VOID_SHARE_FACTOR, VOID_SLICES_COUNTED
from authbench.contracts.records import Manifest
from authbench.contracts.run_directory import samples_files


def check_run(run: RunData) -> list[Finding]:
    """The run is whole: status, lines, planned slices, samples files and their rows. Void run otherwise."""
    findings = _status(run) + [_void("the run", f"damaged: {text}") for text in run.damage]
    if findings:
        return findings
    return [*_lines(run), *_planned(run), *_ladder(run), *_samples(run), *_void_shares(run)]


def _void(subject: str, sentence: str, number: float | None = None, limit: float | None = None) -> Finding:
    return Finding(
        rule="V23",
        severity="void-run",
        subject=subject,
        number=number,
        limit=limit,
        sentence=sentence,
        next_action="run again: what is missing cannot be rebuilt",
    )


def _status(run: RunData) -> list[Finding]:
    manifest = run.manifest
    if manifest.status == "complete":
        return []
    state = "is still running, or was killed" if manifest.status == "running" else f"was {manifest.status}"
    reason = f" ({manifest.status_reason})" if manifest.status_reason else ""
    return [_void("the run", f"the run {state}{reason}: its figures are not used")]


def _lines(run: RunData) -> list[Finding]:
    recorded, found = run.manifest.slices_recorded, run.lines
    if recorded == found:
        return []
    return [
        _void("slices.jsonl", f"{found} slices are there, the manifest counted {recorded}", found, recorded)
    ]


def _planned(run: RunData) -> list[Finding]:
    """Each planned slice of the main rate is there, and at most one attempt of it counts.

    A slice whose attempts are all void is no gap: its cycle is left out of the comparisons and counted.
    """
    valid: Counter[tuple[int, int, str]] = Counter()
    measured: set[tuple[int, int, str]] = set()
    for judged in run.main:
        key = (judged.measured.generation, judged.measured.cycle, judged.measured.arm)
        measured.add(key)
        valid[key] += not judged.void_because
    planned = {
        (generation, cycle, arm)
        for generation in whole_generations(run.manifest)
        for cycle in range(run.manifest.experiment.cycles)
        for arm in run.arms
    }
    findings = []
    for missing in sorted(planned - measured)[:1]:
        count = len(planned - measured)
        findings.append(_void(slice_name(*missing), f"{count} planned slices were never measured", count, 0))
    for extra in sorted(measured - planned)[:1]:
        count = len(measured - planned)
        findings.append(_void(slice_name(*extra), f"{count} measured slices were never planned", count, 0))
    for key, count in sorted(valid.items()):
        if count > 1:
            findings.append(
                _void(slice_name(*key), f"{count} attempts of one slice count as valid", count, 1)
            )
            break
    return findings


def whole_generations(manifest: Manifest) -> list[int]:
    """Numbers of the generations that were measured to their end: those abandoned have none of them."""
    abandoned = set(manifest.abandoned_generations)
    numbers = range(manifest.generations_done + len(abandoned))
    return [number for number in numbers if number not in abandoned][: manifest.generations_done]


def _ladder(run: RunData) -> list[Finding]:
    """Every further rate was measured in each generation, on the same arms; void attempts count."""
    measured: dict[tuple[int, float], set[str]] = {}
    for judged in run.records:
        record = judged.measured
        if record.purpose == "ladder":
            measured.setdefault((record.generation, record.offered_rate_rps), set()).add(record.arm)
    arms = set().union(*measured.values())
    for generation in whole_generations(run.manifest):
        for rate in run.manifest.ladder_rps:
            found = measured.get((generation, rate), set())
            if not found or found != arms:
                where = f"{rate:g} requests/s in generation {generation}"
                what = f"the ladder is not whole: {len(found)} of {max(len(arms), 1)} arms were measured"
                return [_void(where, what, len(found), max(len(arms), 1))]
    return []


def _samples(run: RunData) -> list[Finding]:
    """Each valid slice's rows are there, as many as were scheduled, and no others are."""
    rows = {key: where.stop - where.start for key, where in run.rows.slices.items()}
    files = samples_files(run.path)
    for judged in run.main:
        record = judged.measured
        if judged.void_because:
            continue
        key = SliceKey(record.generation, record.cycle, record.arm, record.position)
        found = rows.pop(key, 0)
        if found != record.scheduled:
            where = slice_name(record.generation, record.cycle, record.arm)
            exists = (record.generation, record.cycle) in files
            what = (
                f"{found} of {record.scheduled} rows are there" if exists else "its samples file is missing"
            )
            return [_void(where, what, found, record.scheduled)]
    for generation, cycle, arm, _ in rows:
        return [_void(slice_name(generation, cycle, arm), "there are rows of a slice that does not count")]
    return []


def _void_shares(run: RunData) -> list[Finding]:
    """Voiding must not select: the shares of void slices differ by no more than a factor two."""
    total: Counter[str] = Counter(judged.measured.arm for judged in run.main)
    void: Counter[str] = Counter(judged.measured.arm for judged in run.main if judged.void_because)
    shares = {arm: void[arm] / total[arm] for arm in run.arms if total[arm]}
    if not shares:
        return []
    most, least = max(shares, key=lambda arm: shares[arm]), min(shares, key=lambda arm: shares[arm])
    if void[most] < VOID_SLICES_COUNTED.value or shares[most] <= VOID_SHARE_FACTOR.value * shares[least]:
        return []
    return [
        Finding(
            rule="V23",
            severity="refuse-figure",
            subject="the run",
            number=shares[most],
            limit=VOID_SHARE_FACTOR.value * shares[least],
            unit="share of slices void",
            sentence=(
                f"{shares[most]:.1%} of {most}'s slices are void and {shares[least]:.1%} of {least}'s: "
                "what is left is a selection"
            ),
            next_action="remove what voids slices (see their rules) and run again",
            refuses="all",
        )
    ]
