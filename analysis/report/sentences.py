"""Put verdicts and figures in words, for the terminal, the page and the decision record."""

from collections.abc import Mapping

from analysis.records.run_comparison import RunRatio
from analysis.records.summary import (
    CPU_METRICS,
    THROUGHPUT,
    AnswerSummary,
    ArmSummary,
    Comparison,
    OperationSummary,
    Reading,
    SensitivitySummary,
    StagesSummary,
    StoreCommand,
    Summary,
)
from analysis.statistics.estimate import Estimate
from analysis.validity.decimals import decimals
from analysis.validity.finding import Figures
from authbench.words.counting import counted

METRIC_WORDS = {
    "cpu_total_us": "CPU per request",
    "cpu_app_us": "application CPU",
    "cpu_store_us": "store CPU",
    "service_p50_ms": "service time p50",
    "service_p95_ms": "service time p95",
    "service_p99_ms": "service time p99",
    "throughput_rps": "throughput",
}
_RATIO_DIGITS = 6


def headline(summary: Summary) -> list[str]:
    """Say the verdict of a run, in the first sentences of every report."""
    if summary.status == "INVALID":
        more = len(summary.reasons) - 3
        further = [f"and {counted(more, 'more reason')}, see the findings"] if more > 0 else []
        return ["INVALID: the figures of this run may not be used.", *summary.reasons[:3], *further]
    if not summary.judged_by.compares:
        return [
            "VALID: every part works here and every scheme did what its name says.",
            "This experiment compares nothing: its figures are too few.",
        ]
    lean = {pair.lean for pair in summary.sensitivity}
    answers = [
        c for c in summary.comparisons if c.metric == summary.primary_metric and lean.isdisjoint((c.a, c.b))
    ]
    at = f", for {summary.operation} at {rate_words(summary.rate.offered_rps)}" if summary.rate else ""
    return [f"{status_words(summary)}{at}.", *(comparison_sentence(c, summary.margin) for c in answers)]


def rate_words(rate_rps: float) -> str:
    """Write '1921 requests/s', '0.3 requests/s'."""
    return f"{decimals(rate_rps, grouped=False)} requests/s"


def status_words(summary: Summary, between: str = ", ", reasons: Mapping[str, str] | None = None) -> str:
    """'cost VALID, latency indicative, throughput VALID, store load VALID, not calibrated'.

    `reasons`: by answer, what stands in brackets after its status. An older summary knows no answers.
    """
    words = [
        f"{one.answer} {answer_status(one)}{_bracketed((reasons or {}).get(one.answer, ''))}"
        for one in summary.answers
    ] or [summary.status]
    return between.join([*words, trust(summary)])


def trust(summary: Summary) -> str:
    """'calibrated' where the harness found effects of known size on this machine."""
    calibration = summary.calibration
    return "calibrated" if calibration and calibration.passed else "not calibrated"


def answer_status(one: AnswerSummary) -> str:
    """Only what may be used without a reservation is in capitals, and what may not be used at all."""
    return one.status if one.status in ("VALID", "INVALID") else one.status.lower()


def _bracketed(words: str) -> str:
    return f" ({words})" if words else ""


def short_verdict(c: Comparison, margin: float) -> str:
    """Say the verdict of one comparison in a line, as far as it fits."""
    if c.ratio is None or c.refused_because is not None:
        return f"{c.a} and {c.b} are not compared: {c.refused_because}"
    ratio = f"{c.ratio:.2f} [{_ratio(c.low)}, {_ratio(c.high)}]"
    floor = "by any amount" if c.noise_floor is None else f"by up to {noise_floor(c)}"
    if c.verdict in ("slower", "faster"):
        does = _effect(c, interval=True)
        longer = does.replace("has", "takes").replace("more", "longer").replace("less", "less time")
        what = longer if c.metric.startswith("service") else f"{does} {_object(c)}"
        return f"{c.a} {what} than {c.b} ({difference(c)})"
    if c.verdict == "equivalent":
        return f"{c.a} and {c.b} are the same within {margin:.0%} (ratio {ratio})"
    if c.verdict == "below-noise-floor":
        because = _unseen(c) or f"identical arms differ {floor}"
        return f"{c.a} / {c.b} {ratio}: not told apart, {because}"
    return f"{c.a} / {c.b} {ratio}: this run cannot tell; identical arms differ {floor}"


def _object(c: Comparison) -> str:
    return "requests/s" if c.metric == THROUGHPUT else METRIC_WORDS[c.metric]


def comparison_sentence(c: Comparison, margin: float) -> str:
    """Say the verdict of one comparison with its figures, in one sentence."""
    what = METRIC_WORDS[c.metric]
    if c.ratio is None or c.low is None:
        return f"{c.a} against {c.b}, {what}: no figure, because {c.refused_because}."
    ratio = f"ratio {c.ratio:.2f}, 95% interval {_ratio(c.low)} to {_ratio(c.high)}"
    floor = "any amount" if c.noise_floor is None else f"up to {noise_floor(c)}"
    if c.verdict in ("slower", "faster"):
        return f"{c.a} {_effect(c)} {_object(c)} than {c.b} ({ratio}; {difference(c)})."
    if c.verdict == "equivalent":
        return f"{c.a} and {c.b} are equivalent in {what}: within {margin:.0%} of each other ({ratio})."
    if c.verdict == "below-noise-floor":
        because = _unseen(c) or f"identical arms differ by {floor} here"
        return (
            f"{c.a} and {c.b} cannot be told apart in {what}: the interval excludes 1 ({ratio}), "
            f"but {because}."
        )
    effect = c.minimal_detectable_effect
    found = "" if effect is None else f"; a true {effect:.0%} would be found in 4 of 5 such runs"
    return (
        f"This run cannot tell {c.a} and {c.b} apart in {what}, nor that they are the same ({ratio}{found}; "
        f"identical arms differ by {floor})."
    )


def _unseen(c: Comparison) -> str:
    """Say why a difference above the noise floor is still too small to see; empty: it is not."""
    if c.visible is None or c.difference is None or abs(c.difference) >= c.visible:
        return ""
    digits, unit = _unit(c)
    size = f"{abs(c.difference):.{digits + 1}f} {unit}"
    return f"{size} is less than this machine's calibration can see ({c.visible:.{digits + 1}f} {unit})"


def _unit(c: Comparison) -> tuple[int, str]:
    """(digits after the point, unit) of a comparison's difference."""
    if c.metric == THROUGHPUT:
        return 0, "requests/s"
    return (0, "us") if c.metric in CPU_METRICS else (2, "ms")


def _effect(c: Comparison, *, interval: bool = False) -> str:
    """'costs 31% more', of a time 'has 4% less', 'serves 17% fewer': for a comparison that has a ratio."""
    ratio = c.ratio or 1
    size = f"{abs(ratio - 1):.0%}"
    if interval:
        ends = (c.low, c.high) if ratio > 1 else (c.high, c.low)
        away = ["?" if end is None else f"{(end - 1 if ratio > 1 else 1 - end) * 100:z.0f}" for end in ends]
        size += f" [{', '.join(away)}]"
    if c.metric == THROUGHPUT:
        return f"serves {size} {'more' if ratio > 1 else 'fewer'}"
    return f"{'costs' if c.metric in CPU_METRICS else 'has'} {size} {'more' if ratio > 1 else 'less'}"


def verdict_words(c: Comparison, margin: float) -> str:
    """Say a comparison's verdict in a narrow column."""
    if c.ratio is None:
        return "no figure"
    if c.verdict in ("slower", "faster"):
        time = c.metric not in CPU_METRICS and c.metric != THROUGHPUT
        return f"{abs(c.ratio - 1):.0%} {c.verdict}" if time else _effect(c)
    return {
        "equivalent": f"same within {margin:.0%}",
        "below-noise-floor": "too small to see" if _unseen(c) else "below noise floor",
        "inconclusive": "inconclusive",
    }[c.verdict]


def difference(c: Comparison) -> str:
    """A - B with its interval and unit, '160 us [140, 180]'."""
    if c.difference is None:
        return ""
    digits, unit = _unit(c)
    low, high = (_open(value, digits) for value in (c.difference_low, c.difference_high))
    return f"{c.difference:+z.{digits}f} {unit} [{low}, {high}]"


def ratio_interval(found: Comparison | Reading | RunRatio) -> str:
    """'1.310 [1.270, 1.350]', or a dash."""
    if found.ratio is None or found.low is None:
        return "-"
    return f"{found.ratio:.3f} [{_ratio(found.low, 3)}, {_ratio(found.high, 3)}]"


def estimate(value: Estimate, digits: int, *, interval: bool = False) -> str:
    """Write a figure, with its interval if asked for and known; a dash where there is no figure."""
    if value.value is None:
        return "-"
    known = interval and not (value.low is None and value.high is None)
    ends = f" [{_open(value.low, digits)}, {_open(value.high, digits)}]" if known else ""
    return f"{value.value:z.{digits}f}{ends}"


def marked(arm: ArmSummary, kind: Figures, cell: str) -> str:
    """Put a star after a figure that a rule objects to; the findings have the reasons."""
    return f"{cell}*" if cell != "-" and (arm.marks.get(kind) or arm.marks.get("all")) else cell


def _open(value: float | None, digits: int = 2) -> str:
    return "?" if value is None else f"{value:z.{digits}f}"


def _ratio(value: float | None, digits: int = 2) -> str:
    """The end of a ratio's interval. Only 1 reads as 1: 0.998 is not 1.00 but 0.998."""
    text = _open(value, digits)
    while value not in (None, 1) and float(text) == 1 and digits < _RATIO_DIGITS:
        digits += 1
        text = _open(value, digits)
    return text


def store_commands(arm: ArmSummary) -> str:
    """'1 getex' if it is exactly one for each user request, '0.1 set' if it is not; '0': none.

    'not counted': no store was asked.
    """
    if not arm.store_counted:
        return "not counted"
    return ", ".join(_command(name, c) for name, c in arm.store_commands.items()) or "0"


def _command(name: str, c: StoreCommand) -> str:
    whole = c.requests and c.commands % c.requests == 0
    return f"{c.commands // c.requests} {name}" if whole else f"{c.per_request:.3g} {name}"


def card_commands(commands: Mapping[str, int]) -> str:
    """'1 set, 2 sadd', or '0'."""
    return ", ".join(f"{count} {name}" for name, count in commands.items() if count) or "0"


def wire_bytes(sent: ArmSummary | OperationSummary) -> str:
    """'312 / 254': bytes of a request and of its reply on the wire."""
    return _sizes(sent.request_bytes, sent.reply_bytes)


def store_bytes(arm: ArmSummary) -> str:
    """'60 / 90': bytes to the store and from it, per user request."""
    return _sizes(arm.store_bytes_in, arm.store_bytes_out)


def _sizes(*sizes: float | None) -> str:
    return " / ".join("-" if size is None else f"{size:.0f}" for size in sizes)


def noise_floor(c: Comparison) -> str:
    """'2.1%': how far identical arms differ; '?' where that has no bound."""
    return "?" if c.noise_floor is None else f"{c.noise_floor:.1%}"


def smallest(c: Comparison) -> str:
    """'2.1%, 12 us': the noise floor, and the smallest difference that the machine's calibration can see."""
    if c.visible is None:
        return noise_floor(c)
    digits, unit = _unit(c)
    return f"{noise_floor(c)}, {c.visible:.{digits}f} {unit}"


def sensitivity_sentence(pair: SensitivitySummary) -> str:
    """Say how much of a scheme's cost above the control is its library."""
    tax, library = pair.tax_us, pair.library_us
    if tax.value is None or library.value is None or pair.ratio.ratio is None:
        return f"{pair.full} against {pair.lean}: no figure, because {pair.ratio.refused_because}."
    visible = pair.ratio.visible
    if visible is not None and abs(library.value) < visible:
        return (
            f"Of the {tax.value:.0f} us that {pair.full} adds to the control, the library's part is less "
            f"than this machine's calibration can see ({visible:.1f} us)."
        )
    share = f", that is {pair.share_of_tax:.0%} of it" if pair.share_of_tax is not None else ""
    return (
        f"Of the {tax.value:.0f} us that {pair.full} adds to the control, {library.value:.0f} us "
        f"[{_open(library.low, 0)}, {_open(library.high, 0)}] are its library's{share}: {pair.lean} does the "
        f"same without (ratio {ratio_interval(pair.ratio)})."
    )


def stages_sentence(chain: StagesSummary) -> str:
    """Say what the stages of a scheme add up to, and what no stage explains."""
    total, rest = chain.total_us, chain.residual_us
    if chain.refused_because or total.value is None or rest.value is None:
        return f"Stages of {chain.scheme}: not shown, because {chain.refused_because or total.reason}."
    dearest = max(chain.stages, key=lambda stage: stage.total_us.value or 0.0)
    share = "" if chain.residual_share is None else f", {chain.residual_share:+z.0%}"
    return (
        f"{chain.scheme} adds {estimate(total, 0, interval=True)} us to the control; the largest part is "
        f"{dearest.arm} with {estimate(dearest.total_us, 0, interval=True)} us ({dearest.adds}). What no "
        f"stage explains: {estimate(rest, 0, interval=True)} us{share}."
    )


def microseconds(value: float | None) -> str:
    """'12.3', or a dash where it is not known."""
    return "-" if value is None else f"{value:.1f}"


def window(seconds: float) -> str:
    """'at once', '900 s'."""
    return "at once" if seconds == 0 else f"within {seconds:g} s"
