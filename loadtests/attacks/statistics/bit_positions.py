"""Whether each bit position of many identifiers looks like a fair coin, by itself and from one to the next.

Passing proves nothing about the source: a good generator with a known state passes. Failing does: positions
that are constant, biased, or follow from the identifier before are bits that nobody has to guess.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats

_ALPHA = 1e-6


@dataclass(frozen=True)
class BitPositions:
    """What the bits of some identifiers of one length look like, position by position."""

    length: int
    """Bits in an identifier."""
    suspicious: tuple[int, ...]
    """Positions that fail, counted from the first bit of the first byte."""
    smallest_p: float
    """The smallest p-value of all tests, corrected for their number."""
    distinct: int
    """Different identifiers."""
    identifiers: int

    @property
    def fair(self) -> int:
        """Positions with nothing against them: at most so many bits have to be guessed."""
        return self.length - len(self.suspicious)


def examine_bits(identifiers: Sequence[bytes]) -> BitPositions:
    """Test each bit position of identifiers in the order of their issue; all have the same length.

    Two tests for each: are ones as frequent as zeros, and does it differ from the identifier before as often
    as not. Each is Pearson's chi-square with one degree of freedom; all p-values together are corrected by
    Holm's method (Scandinavian Journal of Statistics 6 (1979) 65-70), so that `_ALPHA` bounds the
    probability that anything fails although every bit is fair. ValueError for fewer than 100 or unequal
    lengths.
    """
    count = len(identifiers)
    if count < 100 or len({len(each) for each in identifiers}) != 1:
        raise ValueError("a hundred identifiers of one length are the least")
    bits = np.unpackbits(np.frombuffer(b"".join(identifiers), np.uint8).reshape(count, -1), axis=1)
    tests = np.concatenate([_p_values(bits), _p_values(bits[1:] ^ bits[:-1])])
    corrected = holm(tests)
    length = bits.shape[1]
    failing = np.flatnonzero(corrected < _ALPHA) % length
    return BitPositions(
        length=length,
        suspicious=tuple(sorted({int(position) for position in failing})),
        smallest_p=float(corrected.min()),
        distinct=len(set(identifiers)),
        identifiers=count,
    )


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """P-values corrected for their number, in the order given (Holm 1979)."""
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p)
    scaled = np.maximum.accumulate(p[order] * (len(p) - np.arange(len(p))))
    corrected = np.empty_like(scaled)
    corrected[order] = np.minimum(scaled, 1.0)
    return corrected


def _p_values(bits: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64]:
    """For each column, the p-value of the hypothesis that ones and zeros are equally frequent."""
    count = len(bits)
    ones = bits.sum(axis=0, dtype=np.int64)
    found: npt.NDArray[np.float64] = stats.chi2.sf((2.0 * ones - count) ** 2 / count, 1)
    return found
