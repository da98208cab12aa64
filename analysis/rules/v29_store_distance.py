"""V29, against localhost sold as a network: how far the store is stands beside every session's figure."""

import math

from analysis.data.run import RunData
from analysis.validity.finding import Finding
from analysis.validity.limits import NEAR_STORE_US


def check_run(run: RunData) -> list[Finding]:
    """Refuses the figures of arms with a store of unknown distance; a banner where it is on this machine."""
    with_store = [
        arm
        for arm in run.arms
        if arm in run.manifest.cards and run.manifest.cards[arm].store in ("redis", "sql")
    ]
    if not with_store:
        return []
    store = run.manifest.store
    if store is None or not (math.isfinite(store.round_trip_us) and store.round_trip_us > 0):
        return [
            Finding(
                rule="V29",
                severity="refuse-figure",
                subject=arm,
                sentence="the round trip to the store was not measured, so they mean nothing elsewhere",
                next_action="run again",
                refuses="all",
            )
            for arm in with_store
        ]
    if store.source == "url" and store.round_trip_us >= NEAR_STORE_US.value:
        return []
    return [
        Finding(
            rule="V29",
            severity="tag",
            subject="the run",
            number=store.round_trip_us,
            limit=NEAR_STORE_US.value,
            unit="us",
            sentence=(
                f"the store is on this machine: round trip {store.round_trip_us:.0f} us; "
                "a network adds to latency, not to CPU"
            ),
            next_action="",
        )
    ]
