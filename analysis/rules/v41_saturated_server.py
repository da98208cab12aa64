from dataclasses import dataclass

from analysis.data.run import RunData
from analysis.data.saturation import Saturation, saturation
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import CORE_FULL, ERROR_SHARE, GENERATOR_FULL
from authbench.contracts.records import Manifest

_MORE_PROCESSORS = "use a machine with more processors"
_OWN = "share of its processor"


@dataclass(frozen=True)
class Bound:
    """Why an arm's throughput is no figure of its server, and what to do about it."""

    sentence: str
    """Without numbers: arms with the same reason are told in one line."""
    advice: str
    number: float
    limit: float
    unit: str = _OWN
    lower: bool = True
    """The server could have served more. False: it did not serve what it seems to have served."""

    @property
    def reason(self) -> str:
        return f"{self.sentence} -> {self.advice}"


def bound(found: Saturation, manifest: Manifest) -> Bound | None:
    """Say what kept the load from filling the server's processor; None: its processor was what was full.

    `found`: the arm's pooled saturated slices. What was full is looked for in the order generator, the
    server's own processor, store, the generator's processor; where nothing was, the server waited.
    """
    if found.failed_share > ERROR_SHARE.value:
        sentence, advice = (
            "requests failed, and failing may be faster",
            "find why the server fails under load",
        )
        share, limit = found.failed_share, ERROR_SHARE.value
        return Bound(sentence, advice, share, limit, unit="share of requests", lower=False)
    if found.generator_busy > GENERATOR_FULL.value:
        advice = _more_generators(manifest)
        share, limit = found.generator_busy, GENERATOR_FULL.value
        return Bound(
            "the load generator was full", advice, share, limit, unit="share of the generator's processor"
        )
    if found.app_busy >= CORE_FULL.value:
        return None
    sentence, advice = _what_was_full(found, manifest)
    return Bound(
        f"the server did not fill its processor: {sentence}", advice, found.app_busy, CORE_FULL.value
    )


def _more_generators(manifest: Manifest) -> str:
    count = len(manifest.placement.generator) if manifest.placement else 0
    return f"run with --generators {count}" if count > manifest.generators else _MORE_PROCESSORS


def _what_was_full(found: Saturation, manifest: Manifest) -> tuple[str, str]:
    """(what was full beside the server, what to do)."""
    own, others = found.app_processors_busy, found.generator_processors_busy
    if own is not None and own >= CORE_FULL.value:
        shared = manifest.placement.shared if manifest.placement else []
        alone = not any("application" in parts for parts in shared)
        return (
            "something else used the rest of it",
            "close what else runs on this machine" if alone else _MORE_PROCESSORS,
        )
    if (found.store_busy or 0.0) >= CORE_FULL.value:
        return "the store was full", "find what keeps the store busy: its slow log, its commands per request"
    if others is not None and others >= CORE_FULL.value:
        return "the generator's processor was full, with whatever else ran there", _MORE_PROCESSORS
    return (
        "nothing was full, it waited",
        "find what it waits for (its store, a lock, a timer), or give the workload more connections",
    )


class SaturatedServer(RunRule):
    """V41 calls an arm's throughput a lower bound where its server used less than 95% of its processor, or
    the generator more than 80% of its own, and says what was full instead. Lower bounds are shown and not
    compared; nor is the throughput of an arm of whose requests more than one in a thousand failed.
    """

    code = "V41"
    lie = "that is all the server can do"
    limits = (CORE_FULL, GENERATOR_FULL)

    def check_run(self, run: RunData) -> Findings:
        for arm in run.arms if run.manifest.experiment.saturated_cycles else ():
            found = saturation(run, arm)
            if found is None:
                sentence = "no saturated slice of it counts: its throughput is not known"
                advice = "see in slices.jsonl which rules voided them"
                yield self.finding("refuse-figure", arm, sentence, advice=advice, refuses="throughput")
            elif limit := bound(found, run.manifest):
                words = "a lower bound of throughput" if limit.lower else "no throughput"
                yield self.finding(
                    "refuse-figure",
                    arm,
                    f"{words}: {limit.sentence}",
                    limit.number,
                    limit.limit,
                    unit=limit.unit,
                    advice=limit.advice,
                    refuses="throughput",
                )
