"""Verdicts, figures and findings in words: the one place where they are put."""

from collections.abc import Sequence

from analysis.compare import Comparison
from analysis.dataset import CPU_METRICS
from analysis.estimate import Estimate
from analysis.summary import ArmSummary, StoreCommand, Summary
from analysis.validity.finding import Finding

METRIC_WORDS = {
    "cpu_total_us": "CPU per request",
    "cpu_app_us": "application CPU",
    "cpu_store_us": "store CPU",
    "service_p50_ms": "service time p50",
    "service_p99_ms": "service time p99",
}
_SEVERITY_WORDS = {
    "void-run": "the run is INVALID",
    "void-slice": "slice not used",
    "refuse-figure": "figures refused",
    "tag": "note",
}


def headline(summary: Summary) -> list[str]:
    """The verdict of a run: its first and, for most readers, only sentences."""
    if summary.status == "INVALID":
        more = len(summary.reasons) - 3
        return [
            "INVALID: the figures of this run may not be used.",
            *summary.reasons[:3],
            *([f"and {more} more reasons, see the findings"] if more > 0 else []),
        ]
    if summary.judged_by == "correctness":
        return [
            "VALID: every part works here and every scheme did what its name says.",
            "This experiment compares nothing: its figures are too few.",
        ]
    answers = [c for c in summary.comparisons if c.metric == summary.primary_metric]
    return [f"VALID{_at_rate(summary)}.", *(comparison_sentence(c, summary.margin) for c in answers)]


def _at_rate(summary: Summary) -> str:
    return f", for {summary.operation} at {summary.rate.offered_rps:.0f} requests/s" if summary.rate else ""


def comparison_sentence(c: Comparison, margin: float) -> str:
    """One comparison's verdict with its figures."""
    what = METRIC_WORDS[c.metric]
    if c.ratio is None or c.low is None:
        return f"{c.a} against {c.b}, {what}: no figure, because {c.refused_because}."
    ratio = f"ratio {c.ratio:.2f}, 95% interval {c.low:.2f} to {_open(c.high)}"
    floor = "any amount" if c.noise_floor is None else f"up to {noise_floor(c)}"
    if c.verdict in ("slower", "faster"):
        return f"{c.a} {_effect(c)} {what} than {c.b} ({ratio}; {difference(c)})."
    if c.verdict == "equivalent":
        return f"{c.a} and {c.b} are equivalent in {what}: within {margin:.0%} of each other ({ratio})."
    if c.verdict == "below-noise-floor":
        return (
            f"{c.a} and {c.b} cannot be told apart in {what}: the interval excludes 1 ({ratio}), "
            f"but identical arms differ by {floor} here."
        )
    effect = c.minimal_detectable_effect
    found = f"; a true {effect:.0%} would be found in 4 of 5 such runs" if effect is not None else ""
    return (
        f"This run cannot tell {c.a} and {c.b} apart in {what}, nor that they are the same ({ratio}{found}; "
        f"identical arms differ by {floor})."
    )


def _effect(c: Comparison) -> str:
    """'costs 31 % more', 'has 4 % shorter': for a comparison that has a ratio."""
    share = abs((c.ratio or 1) - 1)
    if c.metric in CPU_METRICS:
        return f"costs {share:.0%} {'more' if c.verdict == 'slower' else 'less'}"
    return f"has {share:.0%} {'more' if c.verdict == 'slower' else 'less'}"


def verdict_words(c: Comparison, margin: float) -> str:
    """A comparison's verdict for a narrow column."""
    if c.ratio is None:
        return "no figure"
    if c.verdict in ("slower", "faster"):
        share = f"{abs(c.ratio - 1):.0%}"
        if c.metric in CPU_METRICS:
            return f"costs {share} {'more' if c.verdict == 'slower' else 'less'}"
        return f"{share} {c.verdict}"
    return {
        "equivalent": f"same within {margin:.0%}",
        "below-noise-floor": "below noise floor",
        "inconclusive": "inconclusive",
    }[c.verdict]


def difference(c: Comparison) -> str:
    """A - B with its interval and unit, '160 us [140, 180]'."""
    if c.difference is None:
        return ""
    digits, unit = (0, "us") if c.metric in CPU_METRICS else (2, "ms")
    low, high = (_open(value, digits) for value in (c.difference_low, c.difference_high))
    return f"{c.difference:+.{digits}f} {unit} [{low}, {high}]"


def ratio_interval(c: Comparison) -> str:
    """'1.31 [1.27, 1.35]', or a dash."""
    if c.ratio is None or c.low is None:
        return "-"
    return f"{c.ratio:.3f} [{c.low:.3f}, {_open(c.high, 3)}]"


def estimate(value: Estimate, digits: int, *, interval: bool = False) -> str:
    """A figure, with its interval if asked for; a dash where there is none."""
    if value.value is None:
        return "-"
    text = f"{value.value:.{digits}f}"
    if interval:
        text += f" [{_open(value.low, digits)}, {_open(value.high, digits)}]"
    return text


def _open(value: float | None, digits: int = 2) -> str:
    return "?" if value is None else f"{value:.{digits}f}"


def store_commands(arm: ArmSummary) -> str:
    """'1 getex' if it is exactly one for each request, the counts if it is not a whole number; '0': none."""
    return ", ".join(_command(name, c) for name, c in arm.store_commands.items()) or "0"


def _command(name: str, c: StoreCommand) -> str:
    whole = c.requests and c.commands % c.requests == 0
    return f"{c.commands // c.requests} {name}" if whole else f"{c.commands} {name} for {c.requests}"


def wire_bytes(arm: ArmSummary) -> str:
    """'312 / 254': mean bytes of a request and of its reply on the wire."""
    sizes = (arm.request_bytes, arm.reply_bytes)
    return " / ".join("-" if size is None else f"{size:.0f}" for size in sizes)


def noise_floor(c: Comparison) -> str:
    """'2.1%': how far identical arms differ; '?' where that has no bound."""
    return "?" if c.noise_floor is None else f"{c.noise_floor:.1%}"


def finding_sentence(finding: Finding) -> str:
    """A finding as one line: rule, what it does, subject, sentence, next action."""
    action = f" -> {finding.next_action}" if finding.next_action else ""
    return (
        f"{finding.rule} ({_SEVERITY_WORDS[finding.severity]}) {finding.subject}: {finding.sentence}{action}"
    )


def missing_figures(summary: Summary) -> list[str]:
    """Why figures are missing, each reason once."""
    reasons: dict[str, list[str]] = {}
    for arm in summary.arms:
        for kind, figures in (("service", arm.service_ms), ("response", arm.response_ms)):
            for name, value in figures.items():
                if value.reason:
                    reasons.setdefault(value.reason, []).append(f"{kind} {name} of {arm.arm}")
    for c in summary.comparisons if summary.judged_by == "everything" else []:
        if c.refused_because and not c.refused_because.endswith("has no store"):
            reasons.setdefault(c.refused_because, []).append(f"{c.a} / {c.b} in {METRIC_WORDS[c.metric]}")
    return [f"no figure for {_some(names)}: {reason}" for reason, names in reasons.items()]


def _some(names: Sequence[str]) -> str:
    listed = ", ".join(names[:3])
    return f"{listed} and {len(names) - 3} more" if len(names) > 3 else listed


def conditions(summary: Summary) -> list[tuple[str, str]]:
    """Under what the figures hold: (label, words)."""
    rows = [("run", f"{summary.run_id}, experiment {summary.experiment}, seed {summary.seed}")]
    if summary.rate:
        rate = summary.rate
        share = (
            f", {rate.share:.0%} of the slowest arm's closed loop" if rate.share is not None else ", as given"
        )
        rows.append(("offered rate", f"{rate.offered_rps:.0f} requests/s for every arm{share}"))
    rows.append(
        (
            "replicates",
            f"{summary.cycles_whole} of {summary.cycles_planned} cycles whole, in {summary.generations} "
            f"generations; stopped because {summary.stop_reason or 'no reason was recorded'}",
        )
    )
    machine = summary.machine
    virtual = {True: ", virtual", False: "", None: ""}[machine.virtualized]
    rows.append(("machine", f"{machine.cpu_model}, {machine.cpus} processors{virtual}, {machine.kernel}"))
    if summary.placement:
        p = summary.placement
        store = "elsewhere" if p.store is None else _cpus(p.store)
        rows.append(
            (
                "processors",
                f"application {_cpus(p.app)}, generator {_cpus(p.generator)}, store {store}, "
                f"harness {_cpus(p.harness)}",
            )
        )
    if summary.store:
        s = summary.store
        rows.append(
            ("store", f"Redis {s.version} ({s.source}, {s.transport}), round trip {s.round_trip_us:.0f} us")
        )
    versions = ", ".join(f"{name} {version}" for name, version in sorted(summary.versions.items()))
    rows.append(("measured", f"{versions}: not JWT and sessions as such" if versions else "unknown versions"))
    for arm, crypto in summary.crypto.items():
        rows.append((f"crypto of {arm}", ", ".join(f"{key} {value}" for key, value in crypto.items())))
    void = [f"{a.arm} {a.void_share:.1%} void, {a.tag_shares['V06']:.0%} late" for a in summary.arms]
    if void:
        rows.append(("slices", "; ".join(void)))
    for metric, floor in summary.noise_floor.items():
        compared = summary.judged_by == "everything" and metric == summary.primary_metric
        if compared and floor.ratio_minus_one is not None:
            rows.append(
                (
                    "noise floor",
                    f"{floor.ratio_minus_one:.1%} for {METRIC_WORDS[metric]}, from {floor.source}",
                )
            )
    rows.append(("not measured", "; ".join(summary.not_measured)))
    rows.append(
        ("limits", "; ".join(f"{one.rule or 'all'} {one.value:.3g} {one.unit}" for one in summary.limits))
    )
    rows.append(("again with", summary.command))
    return rows


def _cpus(cpus: Sequence[int]) -> str:
    return ",".join(str(cpu) for cpu in cpus)
