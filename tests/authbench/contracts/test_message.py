"""What comes as JSON from a file or a wire is a value, or a ValueError."""

import pytest

from authbench.contracts.message import parse_json


@pytest.mark.parametrize("text", ["[" * 100_000, b'{"a":' * 100_000, "[", "\0", b"\xe9", "9" * 5000])
def test_what_is_no_json_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_json(text)
