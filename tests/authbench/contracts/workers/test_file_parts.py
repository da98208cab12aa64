"""A file arrives as it was sent, or is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authbench.contracts.generator_protocol import FilePart
from authbench.contracts.message import OrderError
from authbench.contracts.workers.file_parts import PART_BYTES, Assembly, split_file


def assemble(parts: list[FilePart]) -> bytes | None:
    assembly = Assembly("rows.npz")
    content = None
    for part in parts:
        assert content is None, "a part after the last one"
        content = assembly.add(FilePart.model_validate_json(part.line()))
    return content


@given(st.binary(max_size=50))
def test_a_small_file_is_one_part(content: bytes) -> None:
    parts = split_file("rows.npz", content)
    assert len(parts) == 1
    assert assemble(parts) == content


@pytest.mark.parametrize("size", [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 3 * PART_BYTES])
def test_a_large_file_is_cut(size: int) -> None:
    content = bytes(range(256)) * (size // 256) + b"x" * (size % 256)
    parts = split_file("rows.npz", content)
    assert len(parts) == -(-size // PART_BYTES)
    assert max(len(part.content) for part in parts) <= PART_BYTES
    assert assemble(parts) == content


def test_a_file_that_is_not_whole_is_refused() -> None:
    content = b"a" * (2 * PART_BYTES)
    first, second = split_file("rows.npz", content)
    other, _ = split_file("rows.npz", b"b" * (2 * PART_BYTES))
    damaged = second.model_copy(update={"content": second.content[:-1]})
    assert assemble([first]) is None
    for parts, refusal in (
        ([first, damaged], "damaged on the way"),
        ([second], "part 1 arrived instead of 0"),
        ([first, first], "part 0 arrived instead of 1"),
        ([other, second], "a part of another file"),
    ):
        with pytest.raises(OrderError, match=refusal):
            assemble(parts)
