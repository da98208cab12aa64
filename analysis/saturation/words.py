"""What the terminal and the page say in the same words."""

from collections.abc import Iterator

from authbench.contracts.saturation.report import (
    Bracket,
    Busy,
    Knee,
    PlantedCheck,
    RateRatio,
    SaturationReport,
    Soak,
)
from authbench.words.counting import counted

_DISTURBED = 0.3
"""Share of invalid trials above which a whole search is called disturbed."""


def bracket_words(one: Bracket) -> str:
    """'1,102 to 1,221', 'at least 1,102', 'less than 30', 'not known'; an open end is marked."""
    low, high = one.lower_rps, one.upper_rps
    mark = " ?" if one.status == "undetermined" else ""
    if low is None:
        return f"less than {high:,.0f}{mark}" if high is not None else "not known"
    return f"at least {low:,.0f}{mark}" if high is None else f"{low:,.0f} to {high:,.0f}{mark}"


def busy_words(busy: Busy | None) -> str:
    """'88 / 9 / 31 %': application, store, generator."""
    if busy is None:
        return "-"
    store = "-" if busy.store is None else f"{100 * busy.store:.0f}"
    return f"{100 * busy.application:.0f} / {store} / {100 * busy.generator:.0f} %"


def soak_words(soak: Soak | None) -> str:
    """'kept', 'kept, one of 2', 'MISSED: 3.1% bad', 'not shown'; '-' without one."""
    if soak is None:
        return "-"
    if soak.kept is None:
        return "not shown"
    if soak.kept:
        return "kept, one of 2" if soak.missed else "kept"
    return f"MISSED: {soak.bad_share:.1%} bad"


def knee_words(knee: Knee | None) -> str:
    """'640/s, mean 1.3 ms'."""
    if knee is None:
        return "not known"
    beyond = " or beyond" if knee.at_end else ""
    return f"{knee.rate_rps:,.0f}/s{beyond}, mean {knee.mean_ms:.2g} ms"


def ratio_words(one: RateRatio) -> str:
    """'session-redis / jwt-hs256, p99 <= 25 ms: 0.71 to 0.90'."""
    verdict = (
        "less" if one.high < 1 else "more" if one.low > 1 else "the brackets overlap: no difference shown"
    )
    words = f"{one.a} / {one.b}, {one.objective.words}: {one.low:.2f} to {one.high:.2f} ({verdict})"
    if one.paired is not None and one.paired_low is not None and one.paired_high is not None:
        words += f"; over rounds {one.paired:.3f} [{one.paired_low:.3f}, {one.paired_high:.3f}]"
    return words


def planted_words(one: PlantedCheck) -> str:
    """What arithmetic gives for the planted cost, what was found, and whether they agree."""
    found = bracket_words(one.found)
    agrees = {True: "agrees", False: "DOES NOT AGREE", None: "cannot be compared"}[one.agrees]
    return (
        f"{one.objective.words}: {one.planted_us:g} us on top of {one.cpu_us:.0f} us should leave "
        f"{one.expected_low_rps:,.0f} to {one.expected_high_rps:,.0f}; found {found}: {agrees}"
    )


def reservations(report: SaturationReport) -> Iterator[str]:
    """Why a bound is no bracket, and that the machine was disturbed.

    What is undetermined is told apart (`SaturationReport.undetermined`).
    """
    for scheme in report.schemes:
        for one in scheme.found:
            if one.bracket.why and one.bracket.status != "undetermined":
                yield f"{scheme.scheme}, {one.objective.words}: {one.bracket.why}"
    trials, invalid = (
        sum(getattr(one, key) for one in report.schemes) for key in ("trials", "invalid_trials")
    )
    if invalid > _DISTURBED * trials:
        yield (
            f"{invalid} of {counted(trials, 'trial')} were invalid: the machine did other things "
            f"meanwhile, and the "
            "valid trials had their share of it; search again when it is quiet"
        )
