"""Write a capacity plan as Markdown, and as a table on a terminal."""

from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from analysis.capacity.demand import Demand
from analysis.capacity.sizing import FILL, Sizing
from analysis.records.summary import Summary
from analysis.report.conditions import caption
from analysis.report.console import TextTable, open_console
from analysis.report.sentences import estimate
from analysis.report.templates import TEMPLATES
from analysis.security.comparison import drills_of, measured_of
from analysis.security.evidence import Evidence

ASSUMPTIONS = (
    "each scheme costs the upper end of its interval: the plan may be too large, hardly too small, and where "
    "intervals overlap it ranks nothing (the comparison does, which is paired)",
    "n cores carry n times what one was measured to carry: one process on one core was measured, so shared "
    "caches, memory and a load balancer are not in the figure",
    "production has the operations, payloads and library versions of this run",
    "what a process costs while nobody asks (the intercept of its line) is paid for by the headroom",
    "the store's main thread is its limit, and its network is not",
)


def _memory(value: float | None) -> str:
    return FILL if value is None else "0" if value == 0 else f"{value / 2**20:.0f} MiB"


def _share(value: float | None) -> str:
    return FILL if value is None else f"{value:.0%}"


def _at_saturation(one: Sizing) -> str:
    """'140 [135, 145]': a slope says what one more request costs, this what each costs on a full core."""
    return "not measured" if one.saturated_us is None else estimate(one.saturated_us, 0, interval=True)


def warnings(sizings: Sequence[Sizing]) -> list[str]:
    """List every warning with its scheme."""
    return [f"{one.arm}: {line}" for one in sizings for line in one.warnings]


def render_plan(
    summary: Summary, demand: Demand, sizings: Sequence[Sizing], evidence: Evidence | None = None
) -> str:
    """Write the plan as Markdown, with blanks for what the run does not tell.

    `evidence`: what was measured of the schemes' security, if it was.
    """
    schemes = {arm.arm: arm.scheme for arm in summary.arms}
    return TEMPLATES.get_template("capacity/plan.md.jinja").render(
        summary=summary,
        demand=demand,
        sizings=sizings,
        estimate=estimate,
        share=_share,
        memory=_memory,
        at_saturation=_at_saturation,
        warnings=warnings(sizings),
        assumptions=ASSUMPTIONS,
        caption=caption(summary),
        fill=FILL,
        measured={one.arm: measured_of(evidence, schemes.get(one.arm, one.arm)) for one in sizings},
        drills={one.arm: drills_of(evidence, schemes.get(one.arm, one.arm)) for one in sizings},
    )


def print_plan(
    summary: Summary, demand: Demand, sizings: Sequence[Sizing], console: Console | None = None
) -> None:
    """Print the plan as one table; the document has the rest."""
    console = open_console(console)
    console.print(
        Text(
            f"For {demand.planned_rps:g} requests/s ({demand.peak_rps:g} x {demand.growth:g}), cores at most "
            f"{demand.target_utilisation:.0%} busy, {demand.spare_nodes} spare node(s) of "
            f"{demand.cores_per_node} cores, from run {summary.run_id}"
        )
    )
    columns = ("cores", "nodes", "store commands/s", "store thread", "store memory")
    table = TextTable("What each scheme needs", "scheme", "us/request [95%]", *columns)
    for one in sizings:
        table.add(
            one.arm,
            estimate(one.slope_us, 0, interval=True),
            str(one.cores),
            str(one.nodes),
            f"{one.store_ops:.0f}",
            _share(one.store_share),
            _memory(one.store_bytes),
        )
    console.print(table)
    if summary.so_what:
        console.print(Text(summary.so_what.sentence))
    low, high = min(s.measured_rps[0] for s in sizings), max(s.measured_rps[1] for s in sizings)
    console.print(
        Text(f"Rests on one core measured at {low:.0f} to {high:.0f} requests/s. {caption(summary)}")
    )
    for line in warnings(sizings):
        console.print(Text("! " + line, style="bold red"))
    for line in ASSUMPTIONS:
        console.print(Text("- assumed: " + line))
