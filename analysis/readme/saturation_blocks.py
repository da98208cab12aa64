"""Write the figures of the document about the highest rate: brackets of the committed search."""

from pathlib import Path

from analysis.readme.markers import filled
from analysis.saturation.words import bracket_words, ratio_words, soak_words
from authbench.contracts.saturation.folder import FOLDER, read_report
from authbench.contracts.saturation.report import SaturationReport

DOCUMENT = "docs/saturation.md"
NOT_MEASURED = (
    "*Not measured yet: no search is committed. `authbench saturate --results results/reference` makes one, "
    "then `make readme` fills this in.*"
)


def newest_search(results: Path) -> SaturationReport | None:
    """Read the newest whole search below the results folder; None where there is none."""
    folders = sorted((results / FOLDER).glob("*-saturate-*"))
    return read_report(folders[-1]) if folders else None


def saturation_document(text: str, report: SaturationReport | None) -> str:
    """Return the document with its table written anew. Failure for a block of unknown name."""
    return filled(
        text, DOCUMENT, {"highest-rate": lambda: NOT_MEASURED if report is None else _brackets(report)}
    )


def _brackets(report: SaturationReport) -> str:
    lead = (
        f"Requests/s of {report.servers}, workload {report.workload} ({report.machine.cpu_model}, "
        f"run `{report.run_id}`):"
    )
    rows = [
        f"| {scheme.scheme} | {one.objective.words} | {bracket_words(one.bracket)} "
        f"| {'-' if one.cpu_us is None else f'{one.cpu_us:.0f}'} | {soak_words(one.soak)} |"
        for scheme in report.schemes
        for one in scheme.found
    ]
    head = "| scheme | objective | requests/s | CPU of a request, us | soak at 0.9 |\n|---|---|---:|---:|---|"
    limits = [f"* {one.scheme}: {one.bottleneck.what}: {one.bottleneck.sentence}" for one in report.schemes]
    ratios = [f"* {ratio_words(one)}" for one in report.ratios]
    return "\n\n".join([lead, "\n".join([head, *rows]), "\n".join([*limits, *ratios])])
