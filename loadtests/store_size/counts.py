"""At which numbers of entries the store's memory is read."""

FEWEST = 2000
"""Logins, at least: below that, the store's own memory outweighs them."""
_SMALLEST_BY_LARGEST = 16


def counts_for(logins: int) -> list[int]:
    """0, then numbers up to half of `logins` on both sides of each power of two, and `logins` as the control.

    Hash tables of a store double at a power of two (Redis), or when a share of one is filled (Valkey): a line
    through few numbers takes such a step for bytes of an entry. The control is twice what the line saw.
    """
    largest = logins // 2
    smallest = max(1, largest // _SMALLEST_BY_LARGEST)
    within = {largest, smallest}
    for power in range(largest.bit_length() + 1):
        within |= {count for count in (2**power - 1, 2**power + 1, 3 * 2**power // 2) if count <= largest}
    return [0, *sorted(count for count in within if count >= smallest), logins]


def steps_to(largest: int, steps: int) -> list[int]:
    """0 and `steps` numbers that rise evenly to `largest`."""
    return sorted({0, *(largest * step // steps for step in range(1, steps + 1))})
