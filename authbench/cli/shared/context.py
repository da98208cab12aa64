"""What a decision is for: a file, and a peak on the command line."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.advice.context import Context


def read_context(file: Path | None, at: float | None = None) -> "Context":
    """The context of the file, at the peak given instead of its own. Failure if the file is none."""
    from analysis.advice.context import Context
    from authbench.contracts.toml_file import read_model

    read = Context() if file is None else read_model(file, Context)
    if at is None:
        return read
    needed = read.requirements.model_copy(update={"peak_rps": at})
    return read.model_copy(update={"requirements": needed})
