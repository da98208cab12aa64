"""The evidence of a decision record for machines: what it states, on what it rests, as fenced JSON.

`authbench adr check` reads it back. A hash over the rest tells an edited block from a written one.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError

from analysis.adr.options import compared_options, judged_metrics
from analysis.advice.advice import Advice
from analysis.advice.context import Context
from analysis.records.summary import ArmSummary, Summary
from analysis.report.sentences import comparison_sentence, store_commands
from authbench.contracts.failure import Failure, first_error
from authbench.contracts.records import Record

_FENCE = "```json authbench-evidence"
_BLOCK = re.compile(rf"^{_FENCE}\n(.*?)^```$", re.DOTALL | re.MULTILINE)

Kind = Literal["compared", "counted", "declared", "remains"]
"""compared: a verdict between two arms. counted: an exact number of this run. declared: from a scheme's card.
remains: whether the context leaves a scheme."""


class Statement(Record):
    """One thing that a record says, and that a later run may contradict."""

    kind: Kind
    about: str = Field(description="an arm, a scheme, or 'a / b'")
    what: str = Field(description="metric of a comparison, or what was counted, declared or asked")
    says: str = Field(description="verdict, number or answer: what must be the same")
    words: str
    ratio: float | None = Field(default=None, description="a / b of a comparison")
    low: float | None = None
    high: float | None = Field(default=None, description="null: unbounded, or no comparison")
    noise_floor: float | None = None


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
    options: list[str]
    statements: list[Statement]


def evidence_of(
    summary: Summary, raw_sha256: str, context: Context, advice: Advice, options: list[str]
) -> DecisionEvidence:
    """Gather what a record of this run states."""
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
        options=options,
        statements=list(statements(summary, advice)),
    )


def conditions_of(summary: Summary) -> dict[str, str]:
    """What must be the same for a ratio to mean the same; the offered rate is compared with a tolerance."""
    store, placement = summary.store, summary.placement
    return {
        "processor": summary.machine.cpu_model,
        "processors": str(summary.machine.cpus),
        "requests": f"{summary.operation}, {summary.loop} loop",
        "store": f"{store.source}, {store.transport}" if store else "none",
        "placement": "; ".join(placement.shared) if placement else "unknown",
        "metric": summary.primary_metric,
        **{f"condition of {arm}": words for arm, words in summary.conditions.items()},
    }


def surroundings_of(summary: Summary) -> dict[str, str]:
    """Versions and the kernel: what an update changes, and a new run is made to judge."""
    found = {"kernel": summary.machine.kernel, **summary.versions}
    return found | ({"store": summary.store.what} if summary.store else {})


def statements(summary: Summary, advice: Advice) -> Iterator[Statement]:
    """List what a run and the advice state of the options. A comparison without a figure states nothing."""
    arms, metrics = compared_options(summary), judged_metrics(summary)
    for c in summary.comparisons:
        told = {c.a, c.b} <= arms and c.metric in metrics
        if told and c.ratio is not None and c.refused_because is None:
            yield Statement(
                kind="compared",
                about=f"{c.a} / {c.b}",
                what=c.metric,
                says=c.verdict,
                words=comparison_sentence(c, summary.margin),
                ratio=_rounded(c.ratio),
                low=_rounded(c.low),
                high=_rounded(c.high),
                noise_floor=_rounded(c.noise_floor),
            )
    for arm in summary.arms:
        if arm.role == "arm":
            yield from _of_arm(arm)
    for one in advice.schemes if advice.said else []:
        by = ", ".join(f"{reason.asked} ({reason.source})" for reason in one.of("excludes"))
        words = f"{one.scheme} {'remains' if one.remains else f'is excluded by {by}'}"
        says = "remains" if one.remains else "excluded"
        yield Statement(kind="remains", about=one.scheme, what="context", says=says, words=words)


def _rounded(value: float | None) -> float | None:
    """Four digits after the point: a record is read by people."""
    return None if value is None else round(value, 4)


def _of_arm(arm: ArmSummary) -> Iterator[Statement]:
    commands = store_commands(arm)
    yield Statement(
        kind="counted",
        about=arm.arm,
        what="store commands per request",
        says=commands,
        words=f"{arm.arm} asks the store {commands} per request",
    )
    for what, seconds in (
        ("revocation window", arm.revocation_window_s),
        ("role change window", arm.role_change_window_s),
    ):
        words = f"the {what} of {arm.arm} is {seconds:g} s"
        yield Statement(kind="declared", about=arm.arm, what=what, says=f"{seconds:g} s", words=words)


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
        values: dict[str, Any] = json.loads(found[0])
        told = values.pop("sha256", None)
    except (ValueError, AttributeError):
        raise Failure(edited) from None
    if told != _digest(values):
        raise Failure(edited)
    if values.get("schema_version") != 1:
        raise Failure(f"{path}: written with schema {values.get('schema_version')}: update authbench")
    try:
        return DecisionEvidence.model_validate(values)
    except ValidationError as error:
        raise Failure(f"{path}: damaged at {': '.join(first_error(error, 'evidence'))}") from None


def _digest(values: dict[str, Any]) -> str:
    text = json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
