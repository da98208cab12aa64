from pathlib import Path

import pytest

from analysis.capacity.demand import Demand
from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import read_model

EXAMPLE = Path(__file__).parents[3] / "docs" / "demand.example.toml"


def test_the_example_is_valid_and_names_every_key() -> None:
    demand = read_model(EXAMPLE, Demand)
    assert demand.planned_rps == 3000
    text = EXAMPLE.read_text()
    assert all(f"\n{name} = " in text for name in Demand.model_fields)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (("peak_rps", "peek_rps"), "unknown key 'peek_rps'; did you mean 'peak_rps'?"),
        (("growth = 1.5", "growth = 1.5\ncolour = 1"), "unknown key 'colour'; known are peak_rps"),
        (("target_utilisation = 0.6", "target_utilisation = 0.95"), "target_utilisation: "),
        (("growth = 1.5", "growth = nan"), "growth: "),
        (("growth = 1.5", ""), "growth: "),
        (("growth = 1.5", "growth ="), "not TOML"),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, change: tuple[str, str], says: str) -> None:
    path = tmp_path / "demand.toml"
    path.write_text(EXAMPLE.read_text().replace(*change))
    with pytest.raises(Failure) as failure:
        read_model(path, Demand)
    assert says in str(failure.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="cannot be read"):
        read_model(tmp_path / "none.toml", Demand)
