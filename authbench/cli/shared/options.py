"""Arguments and options that several verbs have, each with one name and one meaning."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from analysis.security.evidence import Evidence
    from analysis.summary.so_what import Site

Run = Annotated[
    str, typer.Argument(help="a run id, the path of a run or of its page, or 'latest' (see authbench runs)")
]
Results = Annotated[Path, typer.Option(help="folder of raw and derived results")]
Seed = Annotated[int | None, typer.Option(help="seed of every random choice; drawn unless given")]
Json = Annotated[bool, typer.Option("--json", help="print one JSON object instead of tables")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="print every table and every finding")]
At = Annotated[
    float | None,
    typer.Option(
        min=0.001,
        max=1e8,
        metavar="RPS",
        help="your own peak, requests/s: what the measured difference means there, in cores and nodes",
    ),
]
DemandFile = Annotated[
    Path | None,
    typer.Option(
        "--demand",
        metavar="FILE",
        help="TOML file with the demand, see docs/demand.example.toml; demand.toml where there is one",
    ),
]
ContextFile = Annotated[
    Path | None,
    typer.Option(
        "--context",
        metavar="FILE",
        help="TOML file with service, threats and requirements, see docs/context.example.toml",
    ),
]
Security = Annotated[
    Path | None,
    typer.Option(
        help="results folder with the security reports to use; else your own, else the committed ones"
    ),
]

DEFAULT_RESULTS = Path("results")


def site_at(at: float | None) -> "Site | None":
    """A reader's rate on nodes of the usual size; None: no rate was given."""
    from analysis.summary.so_what import Site

    return None if at is None else Site(at, "as asked")


def newest_security(results: Path, asked: Path | None = None) -> "Evidence | None":
    """The newest security reports: of the folder asked for, else one's own, else the committed ones.

    None where there are none. Failure where there are none in the folder asked for.
    """
    from analysis.security.evidence import evidence_in, find_evidence

    if asked is not None:
        return find_evidence(asked)
    return evidence_in(results) or evidence_in(results / "reference")
