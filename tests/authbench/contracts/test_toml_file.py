"""A TOML file becomes a model, or one line that says what to change."""

from pathlib import Path

import pytest

from analysis.capacity.demand import Demand
from authbench.contracts.experiment import Experiment
from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import read_model, read_toml


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path, mark: bytes) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(mark + b"x = 1\n")
    assert read_toml(file) == {"x": 1}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file"),
        (b"x = ", "not TOML"),
        ("x = 1".encode("utf-16"), "not TOML"),
        (b"x = '\xff'", "not TOML"),
    ],
)
def test_what_is_none_is_one_line(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "a.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Failure, match=told) as caught:
        read_toml(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_nearest_key_is_that_of_the_table_it_stands_in(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[[arms]]\nscheme = 'none'\ncondition = { store_rt_ms = 2 }\n")
    with pytest.raises(
        Failure, match=r"unknown key 'arms\.0\.condition\.store_rt_ms'; did you mean 'store_rtt_ms'"
    ):
        read_model(file, Experiment)
    file.write_text("[[arms]]\nschem = 'none'\n")
    with pytest.raises(Failure, match="did you mean 'scheme'"):
        read_model(file, Experiment)
    file.write_text("growht = 2\n")
    with pytest.raises(Failure, match=r"a\.toml: unknown key 'growht'; did you mean 'growth'"):
        read_model(file, Demand)
