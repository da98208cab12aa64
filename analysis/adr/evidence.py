"""The evidence of a decision record for machines: what it states, on what it rests, as fenced JSON.

`authbench adr check` reads it back. A hash over the rest tells an edited block from a written one.
"""

import hashlib
import json
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from analysis.adr.statements import Statement, statements
from analysis.advice.advice import Advice
from analysis.advice.context import Context
from analysis.capacity.demand import Demand
from analysis.capacity.plan_record import Plan
from analysis.records.summary import Summary
from authbench.contracts.failure import Failure, first_error
from authbench.contracts.message import parse_json
from authbench.contracts.records import Record

_FENCE = "```json authbench-evidence"
_BLOCK = re.compile(rf"^{_FENCE}\n(.*?)^```$", re.DOTALL | re.MULTILINE)


class DecisionEvidence(Record):
    """Everything that `authbench adr check` needs of a record."""

    schema_version: Literal[1] = 1
    run_id: str
    raw_sha256: str = Field(description="of the run's manifest, slices and samples")
    authbench_version: str
    experiment: str
    offered_rps: float | None
    conditions: dict[str, str] = Field(description="what makes a measured statement another one, by name")
    surroundings: dict[str, str] = Field(description="what may change; a change is told, and decides nothing")
    security_reports: list[str]
    context: Context
    demand: Demand | None = Field(default=None, description="what was planned for; null: nothing")
    options: list[str]
    statements: list[Statement]


def evidence_of(
    summary: Summary,
    raw_sha256: str,
    context: Context,
    advice: Advice,
    options: list[str],
    planned: tuple[Demand, Plan] | None = None,
) -> DecisionEvidence:
    """Gather what a record of this run states. `planned`: a demand, and the plan of this run for it."""
    demand, plan = planned or (None, None)
    return DecisionEvidence(
        run_id=summary.run_id,
        raw_sha256=raw_sha256,
        authbench_version=summary.authbench_version,
        experiment=summary.experiment,
        offered_rps=summary.rate.offered_rps if summary.rate else None,
        conditions=conditions_of(summary),
        surroundings=surroundings_of(summary),
        security_reports=advice.reports,
        context=context,
        demand=demand,
        options=options,
        statements=list(statements(summary, advice, plan)),
    )


def conditions_of(summary: Summary) -> dict[str, str]:
    """What must be the same for a ratio to mean the same; the offered rate is compared with a tolerance."""
    store, placement = summary.store, summary.placement
    return {
        "processor": summary.served_by.cpu_model,
        "processors": str(summary.served_by.cpus),
        "requests": f"{summary.operation}, {summary.loop} loop",
        "store": f"{store.source}, {store.transport}" if store else "none",
        "placement": "; ".join(placement.shared) if placement else "unknown",
        "metric": summary.primary_metric,
        **{f"condition of {arm}": words for arm, words in summary.conditions.items()},
    }


def surroundings_of(summary: Summary) -> dict[str, str]:
    """Versions and the kernel: what an update changes, and a new run is made to judge."""
    found = {"kernel": summary.served_by.kernel, **summary.versions}
    return found | ({"store": summary.store.what} if summary.store else {})


def block(evidence: DecisionEvidence) -> str:
    """Write the fenced block: one key a line, and one statement a line."""
    values = evidence.model_dump(mode="json", exclude_defaults=True) | {"schema_version": 1}
    lines = []
    for key, value in {**values, "sha256": _digest(values)}.items():
        text = json.dumps(value, ensure_ascii=False)
        if key == "statements":
            text = "[\n  " + ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in value) + "\n ]"
        lines.append(f" {json.dumps(key)}: {text}")
    return f"{_FENCE}\n{{\n" + ",\n".join(lines) + "\n}\n```\n"


def read_block(path: Path) -> DecisionEvidence:
    """Read the evidence of a record. Failure in one line: no file, no block, edited by hand, or newer."""
    try:
        found = _BLOCK.findall(path.read_text("utf-8"))
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(f"{path}: not text in UTF-8") from None
    if len(found) != 1:
        told = "no evidence block" if not found else f"{len(found)} evidence blocks"
        raise Failure(f"{path}: {told} of authbench adr in it: authbench adr RUN writes a record with one")
    edited = (
        f"{path}: its evidence block was edited by hand, and so is no evidence: "
        "restore it, or write the record again with authbench adr"
    )
    try:
        values: dict[str, Any] = parse_json(found[0])
        told = values.pop("sha256", None)
    except (ValueError, AttributeError):
        raise Failure(edited) from None
    if told != _digest(values):
        raise Failure(edited)
    if values.get("schema_version") != 1:
        raise Failure(f"{path}: written with schema {values.get('schema_version')}: update authbench")
    try:
        return DecisionEvidence.model_validate_json(json.dumps(values))
    except ValidationError as error:
        raise Failure(f"{path}: damaged at {': '.join(first_error(error, 'evidence'))}") from None


def _digest(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
