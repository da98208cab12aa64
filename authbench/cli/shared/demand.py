"""What is to be planned for: a file, and a rate on the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.capacity.demand import Demand

_DEFAULT_FILE = Path("demand.toml")


def read_demand(file: Path | None, at: float | None) -> "Demand | None":
    """Read the demand of the file (demand.toml where there is one), at the rate given instead of its own.

    None where neither is given. Failure in one line if the file is none.
    """
    from analysis.capacity.demand import Demand, demand_at
    from authbench.contracts.toml_file import read_model

    if file is None and _DEFAULT_FILE.is_file():
        file = _DEFAULT_FILE
    if file is None:
        return None if at is None else demand_at(at)
    read = read_model(file, Demand)
    return read if at is None else read.model_copy(update={"peak_rps": at})
