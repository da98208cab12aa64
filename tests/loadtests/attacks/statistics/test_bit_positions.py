"""Bits of identifiers: fair ones pass, those that are constant, biased or counted fail."""

import random
import secrets
import uuid

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.attacks.statistics.bit_positions import examine_bits, holm


def test_random_identifiers_pass() -> None:
    found = examine_bits([secrets.token_bytes(16) for _ in range(4000)])
    assert found.length == found.fair == 128
    assert found.distinct == found.identifiers == 4000
    assert found.smallest_p > 1e-6


def test_a_good_generator_with_a_known_state_passes_too() -> None:
    """So passing is no proof: `predictable-identifier` attacks the source."""
    source = random.Random(1)
    assert examine_bits([source.randbytes(16) for _ in range(4000)]).fair == 128


def test_the_fixed_bits_of_a_uuid_are_found() -> None:
    """RFC 9562 section 5.4: four bits of version, two of variant; 122 are random."""
    found = examine_bits([uuid.uuid4().bytes for _ in range(2000)])
    assert found.fair == 122
    assert found.suspicious == (48, 49, 50, 51, 64, 65)


def test_a_counter_is_found_although_its_low_bits_are_balanced() -> None:
    found = examine_bits([number.to_bytes(8, "big") for number in range(4096)])
    # The lowest changes every time. The one above it changes every other time, as a fair coin would.
    assert set(range(64)) - set(found.suspicious) == {62}


def test_a_bias_of_a_few_percent_is_found() -> None:
    source = np.random.default_rng(7)
    bits = (source.random((20_000, 32)) < 0.5).astype(np.uint8)
    bits[:, 5] = source.random(20_000) < 0.55
    found = examine_bits([bytes(row) for row in np.packbits(bits, axis=1)])
    assert found.suspicious == (5,)


def test_identifiers_that_come_twice_are_counted() -> None:
    ids = [secrets.token_bytes(8) for _ in range(100)]
    assert examine_bits(ids + ids[:10]).distinct == 100


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_correction_never_lowers_a_value_and_keeps_their_order(p: list[float]) -> None:
    corrected = holm(p)
    assert all(after >= before for before, after in zip(p, corrected, strict=True))
    assert corrected[int(np.argmin(p))] == pytest.approx(min(1.0, min(p) * len(p)))
    order = np.argsort(p)
    assert all(np.diff(corrected[order]) >= 0)


def test_correction_by_hand() -> None:
    """Holm's own rule: the smallest of three by 3, the next by 2, the last by 1, never falling."""
    assert list(holm([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])


@pytest.mark.parametrize("ids", [[b"ab"] * 99, [b"ab"] * 100 + [b"abc"], []])
def test_too_few_or_unequal_ones_are_refused(ids: list[bytes]) -> None:
    with pytest.raises(ValueError, match="hundred"):
        examine_bits(ids)
