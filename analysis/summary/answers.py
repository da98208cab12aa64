"""Say of each answer (cost, latency, throughput, store load) whether it stands, and if not why."""

from collections.abc import Mapping, Sequence

from analysis.records.summary import Answer, AnswerStatus, AnswerSummary, Comparison, Metric, Summary
from analysis.validity.finding import Figures, Finding
from authbench.words.counting import counted

_KINDS: Mapping[Answer, tuple[Figures, ...]] = {
    "cost": ("cost", "all"),
    "latency": ("latency", "all"),
    "throughput": ("throughput", "all"),
    "store load": ("store", "all"),
}
"""Which figures an answer consists of, as findings name them."""
_TOO_FEW = "this experiment compares nothing: its figures are too few"


def summarize_answers(summary: Summary) -> list[AnswerSummary]:
    """Give each answer its status, from the run's status, findings, comparisons and figures."""
    return [
        _answer(summary, "cost", _cost_missing(summary), summary.primary_metric),
        _answer(summary, "latency", _latency_missing(summary), "service_p50_ms"),
        _answer(summary, "throughput", _throughput_missing(summary), "throughput_rps"),
        _answer(summary, "store load", _store_missing(summary), None),
    ]


def _answer(summary: Summary, answer: Answer, missing: str, metric: Metric | None) -> AnswerSummary:
    """Judge one answer. `metric`: the one whose comparisons decide it; None: nothing of it is compared."""
    objections = [finding for finding in summary.findings if finding.refuses in _KINDS[answer]]
    compared = [c for c in summary.comparisons if c.metric == metric]
    status: AnswerStatus = "VALID"
    if summary.status == "INVALID":
        status, reason = "INVALID", next(iter(summary.reasons), "")
    elif missing:
        status, reason = "NOT MEASURED", missing
    elif reason := _indicative(summary, answer, objections, compared if metric else None):
        status = "INDICATIVE"
    else:
        reason = _reservation(summary, answer, compared, objections)
    return AnswerSummary(answer=answer, status=status, reason=reason)


def _indicative(
    summary: Summary, answer: Answer, objections: Sequence[Finding], compared: Sequence[Comparison] | None
) -> str:
    """Why the figures describe and nothing is concluded from them; empty: they are judged.

    `compared`: None where figures of this answer are counted and not compared.
    """
    if not summary.judged_by.compares:
        return _TOO_FEW
    refusals = [one for one in objections if one.severity == "refuse-figure"]
    whole = [one for one in refusals if one.subject == "the run" or compared is None]
    if whole:
        return f"{whole[0].rule}: {whole[0].sentence}"
    if answer == "throughput" and (bounds := _only_lower_bounds(summary)):
        return bounds
    return "" if compared is None else _refusal(compared)


def _refusal(compared: Sequence[Comparison]) -> str:
    """Why nothing is concluded from this metric; empty: the question the run was declared for has a verdict.

    That is the first pair. Where it is refused, the answer is indicative although other pairs may stand.
    """
    if not compared:
        return "no pair of arms was declared to be compared"
    first = compared[0]
    return first.refused_because or ("the comparison has no figure" if first.ratio is None else "")


def _reservation(
    summary: Summary, answer: Answer, compared: Sequence[Comparison], objections: Sequence[Finding]
) -> str:
    """What a reader of a valid answer should know all the same; empty: nothing."""
    told = []
    refused = sum(c.ratio is None or c.refused_because is not None for c in compared)
    if refused:
        told.append(f"{refused} of {counted(len(compared), 'comparison')} are refused")
    if marks := sorted({finding.rule for finding in objections if finding.severity == "mark"}):
        told.append(f"marked by {', '.join(marks)}")
    if answer == "throughput":
        bounds = [arm.arm for arm in summary.arms if arm.throughput and arm.throughput.at_least]
        if bounds:
            told.append(f"lower bounds for {len(bounds)} of {counted(len(summary.arms), 'arm')}")
    return "; ".join(told)


def _only_lower_bounds(summary: Summary) -> str:
    """Why no arm's throughput is more than 'at least so many'; empty: some arm's is."""
    found = [arm.throughput for arm in summary.arms if arm.throughput]
    if not all(one.at_least for one in found):
        return ""
    return f"at least, for every arm: {found[0].reason or 'something else than the application was full'}"


def _cost_missing(summary: Summary) -> str:
    costs = [arm.cpu_total_us for arm in summary.arms] + [arm.cpu_app_us for arm in summary.arms]
    if any(cost.value is not None for cost in costs):
        return ""
    return next((cost.reason for cost in costs if cost.reason), "no slice was measured")


def _latency_missing(summary: Summary) -> str:
    if summary.loop == "closed":
        return "a closed loop: its times are the load's own"
    times = [arm.service_ms["p50"] for arm in summary.arms]
    if any(time.value is not None for time in times):
        return ""
    return next((time.reason for time in times if time.reason), "no slice was measured")


def _throughput_missing(summary: Summary) -> str:
    return "" if any(arm.throughput for arm in summary.arms) else "nothing was saturated"


def _store_missing(summary: Summary) -> str:
    stores = [arm for arm in summary.arms if arm.store not in ("none", "unknown")]
    if not stores:
        counted = all(arm.store_counted for arm in summary.arms)
        return "no arm has a store" if counted else "no store was asked what it counted"
    return "" if any(arm.store_commands for arm in stores) else "no store was asked anything"
