import math

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import NEAR_STORE_US


class StoreDistance(RunRule):
    """V29 refuses the figures of arms with a store at an unknown distance; says when the store is on this
    machine, so that the distance stands beside every session's figure.
    """

    code = "V29"
    lie = "the loopback is a network"
    limits = (NEAR_STORE_US,)
    unit = "us"

    def check_run(self, run: RunData) -> Findings:
        cards, store = run.manifest.cards, run.manifest.store
        with_store = [arm for arm in run.arms if arm in cards and cards[arm].store in ("redis", "sql")]
        if not with_store:
            return
        if store is None or not (math.isfinite(store.round_trip_us) and store.round_trip_us > 0):
            sentence = "the round trip to the store was not measured, so they mean nothing elsewhere"
            for arm in with_store:
                yield self.finding("refuse-figure", arm, sentence, advice="run again", refuses="all")
        elif store.source != "url" or store.round_trip_us < NEAR_STORE_US.value:
            sentence = (
                f"the store is on this machine: round trip {store.round_trip_us:.0f} us; "
                "a network adds to latency, not to CPU"
            )
            yield self.finding("tag", "the run", sentence, store.round_trip_us, NEAR_STORE_US)
