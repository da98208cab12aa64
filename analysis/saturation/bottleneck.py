"""What was full when a scheme could serve no more, by measured busy shares, and what to do about it."""

from collections.abc import Sequence

from analysis.data.saturation import pool
from analysis.validity.limits import GENERATOR_FULL
from authbench.contracts.records import Placement, SliceRecord
from authbench.contracts.saturation.report import Bottleneck, Busy, What
from authbench.words.counting import counted

FULL = 0.90
"""Share from which on a part is called full: an overloaded server leaves its core idle only to wait."""
_MORE_PROCESSORS = "use a machine with more processors"


def busy_in(records: Sequence[SliceRecord], placement: Placement, workers: int = 1) -> Busy | None:
    """How busy each part was in these slices of one scheme; None: nothing was measured."""
    found = pool(records, placement, workers)
    if found is None:
        return None
    return Busy(
        application=found.app_busy,
        store=found.store_busy,
        generator=found.generator_busy,
        generator_processor=found.generator_processors_busy,
    )


def bottleneck(
    records: Sequence[SliceRecord], placement: Placement, generators: int, workers: int = 1
) -> Bottleneck:
    """Name what was full in the slices above a scheme's upper bounds. None there: nothing is named.

    The bench is looked at first: where its generator was full, the server could have served more.
    """
    busy, found = busy_in(records, placement, workers), pool(records, placement, workers)
    if busy is None or found is None:
        sentence = "no valid trial above the upper bound shows what was full"
        action = "search again when the machine is quiet"
        return Bottleneck(what="not identified", sentence=sentence, next_action=action, busy=None)
    more = len(placement.generator) > generators
    more_generators = f"search with --generators {len(placement.generator)}" if more else _MORE_PROCESSORS
    shared = ", which the store shares," if placement.store == placement.generator else ""
    looked_at: tuple[tuple[bool, What, str, str], ...] = (
        (
            busy.generator > GENERATOR_FULL.value,
            "generator",
            f"the load generator was {busy.generator:.0%} busy: what was found is a lower bound",
            more_generators,
        ),
        (
            busy.application >= FULL,
            "application core",
            f"the application's processor was {busy.application:.0%} busy",
            f"add a process on another core, or a node: the rate is that of {_cores(found.cores)}; "
            "or spend less CPU",
        ),
        (
            (found.app_processors_busy or 0.0) >= FULL,
            "other processes",
            f"something else used the application's processor, which left it {busy.application:.0%}",
            "close what else runs on this machine, and search again",
        ),
        (
            (busy.store or 0.0) >= FULL,
            "store",
            f"the store was {busy.store or 0.0:.0%} busy",
            "divide the store (shards), or find what keeps it busy: its slow log, commands per request",
        ),
        (
            (busy.generator_processor or 0.0) >= FULL,
            "generator's processor",
            f"the load generator's processor{shared} was full: what was found is a lower bound",
            _MORE_PROCESSORS,
        ),
        (
            True,
            "not identified",
            f"nothing was full (application {busy.application:.0%} busy): it waited",
            "find what it waits for: a pool of connections, a lock, a timer",
        ),
    )
    what, sentence, action = next(rest for full, *rest in looked_at if full)
    return Bottleneck(what=what, sentence=sentence, next_action=action, busy=busy)


def _cores(count: int) -> str:
    return "one core" if count == 1 else counted(count, "core")
