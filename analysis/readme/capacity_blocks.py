"""Write the figures of the document about capacity plans: rules per core, store sizes, held-out checks."""

from collections.abc import Sequence

from analysis.capacity.core_rules import core_rules
from analysis.capacity.demand import demand_at
from analysis.capacity.document import held_out_rows, markdown_table, rule_rows
from analysis.capacity.held_out import held_out, in_words
from analysis.capacity.measured import arm_costs
from analysis.readme.markers import filled
from analysis.records.summary import Summary
from analysis.store_size.words import EVICTION_HEADS, SIZE_HEADS, eviction_rows, size_rows
from authbench.contracts.records import Manifest
from authbench.contracts.store_size.report import StoreSizeReport

DOCUMENT = "docs/capacity-plans.md"


Run = tuple[Summary, Manifest]


def capacity_document(
    text: str, run: Run, operations: Sequence[Run] = (), sizes: Sequence[StoreSizeReport] = ()
) -> str:
    """Return the document with its tables written anew. Failure for a block of unknown name.

    `operations`: runs that measured each operation alone, the first of them reads as well; without any the
    rules per core are those of `run`. `sizes`: reports of authbench size-store, the oldest first.
    """
    return filled(
        text,
        DOCUMENT,
        {
            "rules-per-core": lambda: _rules(operations or [run]),
            "store-sizes": lambda: _sizes(sizes),
            "held-out": lambda: _held_out(*run),
        },
    )


def _rules(runs: Sequence[Run]) -> str:
    """What the first run has of every operation, and the other runs of one alone."""
    share, (summary, manifest) = demand_at(1).target_utilisation, runs[0]
    costs = arm_costs(summary, manifest)
    costs += [one for run in runs[1:] for one in arm_costs(*run) if not one.plannable]
    named = ", ".join(f"`{each.run_id}`" for each, _ in runs)
    word = "run" if len(runs) == 1 else "runs"
    lead = f"Requests/s of one core, {share:.0%} busy ({summary.machine.cpu_model}, {word} {named}):"
    return f"{lead}\n\n{markdown_table(rule_rows(core_rules(costs, share)))}"


NO_SIZES = "*Not measured yet: `authbench size-store --results results/reference` does, then `make readme`.*"


def _sizes(reports: Sequence[StoreSizeReport]) -> str:
    """A table of each report, that of most logins first, and of a full store where one was filled."""
    if not reports:
        return NO_SIZES
    parts, reports = [], sorted(reports, key=lambda one: -one.logins)
    for report in reports:
        where = ", ".join([str(report.header.store), *report.store_config, f"run `{report.header.run_id}`"])
        parts.append(f"Bytes in the store, {report.logins:,} logins ({where}):")
        parts.append(markdown_table((list(SIZE_HEADS), size_rows(report))))
    for report in reports:
        if report.evictions:
            parts.append(
                f"A store that is full, `{report.evictions[0].scheme}`, run `{report.header.run_id}`:"
            )
            parts.append(markdown_table((list(EVICTION_HEADS), eviction_rows(report))))
    return "\n\n".join(parts)


def _held_out(summary: Summary, manifest: Manifest) -> str:
    checks = held_out(summary, manifest)
    return f"{in_words(checks)}:\n\n{markdown_table(held_out_rows(checks))}"
