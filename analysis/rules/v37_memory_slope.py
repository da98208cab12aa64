from analysis.rules.rule import Rule
from analysis.validity.limits import MEMORY_COUNTS
from authbench.contracts.records import StoreMemory


class MemorySlope(Rule):
    """V37 refuses memory per session without a slope over three counts of credentials with a power of two
    between them.
    """

    code = "V37"
    lie = "memory per session, from one key"
    judged = "figure"
    limits = (MEMORY_COUNTS,)

    def check(self, memory: StoreMemory) -> str | None:
        """Why these readings carry no memory per session, in words; None: they do.

        A hash table doubles when its entries reach a power of two, so readings between two of them miss it:
        a power of two must lie between the smallest count above 0 and the largest.
        """
        counts = sorted({count for count in memory.counts if count > 0})
        if len(set(memory.counts)) < MEMORY_COUNTS.value or len(memory.counts) != len(memory.bytes):
            return (
                f"V37: memory was read at {len(set(memory.counts))} counts of credentials; a slope needs "
                f"{MEMORY_COUNTS.value:g}"
            )
        if counts[0].bit_length() == counts[-1].bit_length():
            return (
                f"V37: no power of two lies between {counts[0]} and {counts[-1]} credentials, "
                "and hash tables double there"
            )
        return None
