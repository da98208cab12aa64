"""Write a capacity plan as Markdown, as `authbench plan` prints it, and as the table of rules per core."""

from collections.abc import Iterator, Sequence

from rich.text import Text

from analysis.capacity.demand import Demand
from analysis.capacity.plan_record import BreakEven, CoreRule, HeldOut, Input, Plan, Quantity, SchemePlan
from analysis.capacity.sizing import FILL
from analysis.records.summary import Summary
from analysis.report.console import TextTable, open_console
from analysis.report.templates import TEMPLATES
from analysis.security.comparison import drills_of, measured_of
from analysis.security.evidence import Evidence
from analysis.validity.decimals import decimals
from authbench.words.counting import counted

_WHOLE = ("nodes", "shards")
_BIG = 100.0
COLUMNS = {
    "cores": "cores",
    "nodes": "nodes",
    "store_nodes": "store nodes",
    "store_commands": "store commands/s",
    "store_busy": "store threads",
    "store_memory": "store memory",
    "request_mbit": "Mbit/s in",
    "month_cost": "a month",
}
"""The plan's table: quantity, and head of its column."""
_FOR_PAPER = ("store_busy", "request_mbit")
_COUNTED = ("cores", "nodes", "shards", "connections")
_UNMEASURED = "not measured"


def figure(value: float | None, unit: str = "") -> str:
    """A number as short as it may be: three digits, thousands apart; bytes in MiB or GiB; 0 is exact."""
    if value is None:
        return "?"
    if unit == "bytes":
        for power, word in ((30, "GiB"), (20, "MiB")):
            if value >= 2**power:
                return f"{figure(value / 2**power)} {word}"
        return f"{decimals(value)} bytes"
    if unit in _WHOLE or value >= _BIG or value == int(value):
        return f"{value:z,.0f}"
    return decimals(value, 2 if value < 10 else 1, grouped=False)


def cell(of: Quantity | None) -> str:
    """'1.61 [1.53, 1.70]'; 'refused' where it may not be used; a dash where there is none."""
    if of is None:
        return "-"
    return "refused" if of.refused else with_interval(of)


def unit_after(of: Quantity | Input) -> str:
    """The unit after a figure, one of it in the singular; bytes have theirs already: 'MiB'."""
    if of.unit == "bytes":
        return ""
    one = of.unit in _COUNTED and of.value == 1 and of.low in (None, 1) and of.high in (None, 1)
    return of.unit.removesuffix("s") if one else of.unit


def with_interval(of: Quantity | Input) -> str:
    """The figure, with its interval where it has one that can be seen."""
    value, low, high = (figure(end, of.unit) for end in (of.value, of.low, of.high))
    if of.value is None:
        return "never"
    seen = of.low is not None and not (low == value == high)
    return f"{value} [{low}, {high}]" if seen else value


def distance_words(found: BreakEven) -> str:
    """' Your own value is 3,000: the break-even is 14 times that.'; empty where there is none to compare."""
    if found.own is None or found.distance is None:
        return ""
    times = f"{found.distance:.2g}" if found.distance < 10 else figure(found.distance)
    own = f"{with_interval(found.own)} {unit_after(found.own)}".rstrip()
    return f" Your own value is {own}: the break-even is {times} times that."


def rows(schemes: Sequence[SchemePlan], *, narrow: bool = False) -> tuple[list[str], list[list[str]]]:
    """Heads and cells of the plan's table; a column that no scheme has is left out.

    `narrow`: without the columns that a terminal has no room for.
    """
    left_out = _FOR_PAPER if narrow else ()
    shown = {
        name: head
        for name, head in COLUMNS.items()
        if name not in left_out and any(one.of(name) for one in schemes)
    }
    requirements = [one.what for one in schemes[0].requirements] if schemes else []
    cells = [
        [one.arm, *(_cell_of(one, name) for name in shown), *([_met(one)] if requirements else [])]
        for one in schemes
    ]
    return ["scheme", *shown.values(), *(["meets"] if requirements else [])], cells


def _cell_of(one: SchemePlan, name: str) -> str:
    """No store is none needed; what was not measured says so."""
    found = one.of(name)
    if found is None and name in one.missing:
        return _UNMEASURED
    return cell(found)


def _met(one: SchemePlan) -> str:
    met, still_open = (sum(each.meets == word for each in one.requirements) for word in ("meets", "open"))
    return f"{met}/{len(one.requirements)}" + (f", {still_open} open" if still_open else "")


def rule_rows(rules: Sequence[CoreRule]) -> tuple[list[str], list[list[str]]]:
    """Heads and cells of the rules per core: a row for each scheme and operation that was measured, and one
    for what else a scheme has.
    """
    by_arm: dict[str, list[CoreRule]] = {}
    for rule in rules:
        by_arm.setdefault(rule.arm, []).append(rule)
    cells = []
    for arm, own in by_arm.items():
        cells += [
            [
                arm,
                rule.operation,
                cell(rule.carries_rps),
                "-" if rule.busy_share is None else f"{rule.busy_share:.0%}",
                "-" if rule.tested_to_rps is None else decimals(rule.tested_to_rps),
            ]
            for rule in own
            if rule.carries_rps
        ]
        missing: dict[str, list[str]] = {}
        for rule in own:
            if rule.carries_rps is None:
                missing.setdefault(rule.why_not, []).append(rule.operation)
        cells += [[arm, ", ".join(operations), why, "-", "-"] for why, operations in missing.items()]
    return ["scheme", "operation", "requests/s", "measured at", "tested to"], cells


def held_out_rows(checks: Sequence[HeldOut]) -> tuple[list[str], list[list[str]]]:
    """Heads and cells of the held-out table."""
    heads = ["scheme", "what", "fitted on", "predicted for", "predicted", "measured", "inside"]
    return heads, [
        [
            one.arm,
            one.what,
            one.fitted_on,
            one.predicted_for,
            with_interval(
                Input(name="", value=one.predicted, low=one.low, high=one.high, unit=one.unit, source="")
            ),
            figure(one.measured, one.unit),
            "yes" if one.inside else "**no**",
        ]
        for one in checks
    ]


def markdown_table(table: tuple[list[str], list[list[str]]]) -> str:
    """Heads and cells as a table of Markdown; all columns but the first are to the right."""
    heads, cells = table
    rule = "|---|" + "---:|" * (len(heads) - 1)
    return "\n".join(
        ["| " + " | ".join(heads) + " |", rule, *("| " + " | ".join(row) + " |" for row in cells)]
    )


def reasons(schemes: Sequence[SchemePlan]) -> Iterator[str]:
    """Why figures are refused, and what they would be if all went on as measured: a line for each."""
    for one in schemes:
        by_reason: dict[str, list[Quantity]] = {}
        for found in one.quantities:
            if found.refused:
                by_reason.setdefault(found.refused, []).append(found)
        for reason, refused in by_reason.items():
            would = ", ".join(
                f"{found.label} {with_interval(found)} {unit_after(found)}".strip() for found in refused
            )
            yield f"{one.arm}: {reason}. If it went on as measured: {would}."


def checks_in_words(plan: Plan) -> list[str]:
    """The two checks of the plan by the run's other rates, if it has any."""
    told = []
    if plan.held_out:
        inside = sum(one.inside for one in plan.held_out)
        told.append(
            f"held out: {inside} of {counted(len(plan.held_out), 'rate')}, each predicted from this "
            f"run's other rates, "
            "lie inside the prediction's 95 % interval"
        )
    if plan.slope_checks:
        worst = max(plan.slope_checks, key=lambda one: abs(one.differs))
        told.append(
            f"slope, as a check: by the line through all rates a core would carry {abs(worst.differs):.0%} "
            f"{'more' if worst.differs > 0 else 'less'} than the plan says ({worst.arm}, where they "
            "differ most)"
        )
    return told


def render_plan(summary: Summary, demand: Demand, plan: Plan, evidence: Evidence | None = None) -> str:
    """Write the plan as Markdown, with blanks for what neither run nor demand tells.

    `evidence`: what was measured of the schemes' security, if it was.
    """
    schemes = {arm.arm: arm.scheme for arm in summary.arms}
    planned = [one.arm for one in plan.scenarios[0].schemes]
    return TEMPLATES.get_template("capacity/plan.md.jinja").render(
        summary=summary,
        demand=demand,
        plan=plan,
        now=plan.scenarios[0].schemes,
        table=lambda of: markdown_table(rows(of)),
        rules=markdown_table(rule_rows(plan.core_rules)),
        reasons=reasons,
        shown=with_interval,
        unit=unit_after,
        distance=distance_words,
        checks=checks_in_words(plan),
        fields=[(name, field.description) for name, field in Demand.model_fields.items() if name != "prices"],
        fill=FILL,
        measured={arm: measured_of(evidence, schemes.get(arm, arm)) for arm in planned},
        drills={arm: drills_of(evidence, schemes.get(arm, arm)) for arm in planned},
    )


def print_plan(demand: Demand, plan: Plan) -> None:
    """Print what decides, one table, what happens at multiples, break-evens and warnings."""
    console = open_console()

    def say(text: str, style: str = "") -> None:
        console.print(Text(text, style=style))

    say(plan.sentence, "bold")
    now = plan.scenarios[0]
    spare = f"{demand.spare_nodes} spare" + (
        f" or one of {counted(demand.zones, 'zone')} lost" if demand.zones > 1 else ""
    )
    title = (
        f"At {decimals(now.planned_rps)} requests/s: nodes of {counted(demand.cores_per_node, 'core')}, "
        f"{demand.target_utilisation:.0%} busy, {spare} [95 %]"
    )
    heads, cells = rows(now.schemes, narrow=True)
    table = TextTable(title, *heads)
    for row in cells:
        table.add(*row)
    console.print(table)
    later = TextTable(
        "If the load grows further",
        "scheme",
        *(_ahead(one.factor, one.planned_rps) for one in plan.scenarios[1:]),
    )
    for index, one in enumerate(now.schemes):
        later.add(one.arm, *(_nodes(scenario.schemes[index]) for scenario in plan.scenarios[1:]))
    console.print(later)
    if any(
        "refused" in cell for scenario in plan.scenarios for row in rows(scenario.schemes)[1] for cell in row
    ):
        say("refused: beyond what was measured; the document says how far, and what it would be")
    for found in plan.break_evens:
        if found.at is not None:
            say("- " + found.sentence)
    for line in plan.warnings:
        say("! " + line, "bold red")
    for line in [*(f"left out: {gap}" for gap in plan.gaps), *checks_in_words(plan)]:
        say("- " + line)
    unsaid = sum(found.at is None for found in plan.break_evens)
    if unsaid:
        say(f"- {counted(unsaid, 'break-even')} cannot be said: the document has what is missing")


def _ahead(factor: float, rps: float) -> str:
    return f"{factor:g}x: nodes + store nodes at {decimals(rps)}/s"


def _nodes(one: SchemePlan) -> str:
    store = one.of("store_nodes")
    return cell(one.of("nodes")) + (f" + {cell(store)}" if store else "")


def print_rules(summary: Summary, rules: Sequence[CoreRule], utilisation: float) -> None:
    """Print the rules per core; they hold while a core is busy for that share of its time."""
    console = open_console()
    heads, cells = rule_rows(rules)
    cpu = summary.served_by.cpu_model
    title = f"Requests/s that one core carries while {utilisation:.0%} busy ({cpu}) [95 %]"
    table = TextTable(title, *heads)
    for row in cells:
        table.add(*row)
    console.print(table)
