"""Write the figures of the document about capacity plans: rules per core, and held-out predictions."""

from analysis.capacity.core_rules import core_rules
from analysis.capacity.demand import demand_at
from analysis.capacity.document import held_out_rows, markdown_table, rule_rows
from analysis.capacity.held_out import held_out, in_words
from analysis.capacity.measured import arm_costs
from analysis.readme.markers import filled
from analysis.records.summary import Summary
from authbench.contracts.records import Manifest

DOCUMENT = "docs/capacity-plans.md"


def capacity_document(text: str, summary: Summary, manifest: Manifest) -> str:
    """Return the document with its tables written anew. Failure for a block of unknown name."""
    return filled(
        text,
        DOCUMENT,
        {
            "rules-per-core": lambda: _rules(summary, manifest),
            "held-out": lambda: _held_out(summary, manifest),
        },
    )


def _rules(summary: Summary, manifest: Manifest) -> str:
    share = demand_at(1).target_utilisation
    rules = [rule for costs in arm_costs(summary, manifest) for rule in core_rules(costs, share)]
    lead = f"Requests/s of one core, {share:.0%} busy ({summary.machine.cpu_model}, run `{summary.run_id}`):"
    return f"{lead}\n\n{markdown_table(rule_rows(rules))}"


def _held_out(summary: Summary, manifest: Manifest) -> str:
    checks = held_out(summary, manifest)
    return f"{in_words(checks)}:\n\n{markdown_table(held_out_rows(checks))}"
