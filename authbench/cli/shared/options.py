"""Arguments and options that several verbs have, each with one name and one meaning."""

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[str, typer.Argument(help="a run id, the path of a run, or 'latest'")]
Results = Annotated[Path, typer.Option(help="folder of raw and derived results")]
Seed = Annotated[int | None, typer.Option(help="seed of every random choice; drawn unless given")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object instead of tables")]

DEFAULT_RESULTS = Path("results")
