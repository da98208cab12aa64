"""Figures and verdicts of published claims in words, for the terminal and for documents."""

from authbench.contracts.replication.report import ClaimFound, Measured, PartFound


def measured_words(measured: Measured, unit: str) -> str:
    """'1.36 x [1.29, 1.46]', or why there is none."""
    if measured.value is None:
        return f"none: {measured.reason}"
    figure = f"{_number(measured.value)} {unit}".rstrip()
    if measured.low == measured.high == measured.value:
        return figure
    low = "-" if measured.low is None else _number(measured.low)
    high = "-" if measured.high is None else _number(measured.high)
    return f"{figure} [{low}, {high}]"


def explanation_words(part: PartFound) -> str:
    """What the mistakes of the published set-up do; '' where they were not tried or explain nothing."""
    if part.as_published is None or part.answer == "confirmed":
        return ""
    made = f"with its mistakes ({'; '.join(mistake.words for mistake in part.mistakes)})"
    if part.explained is None:
        return f"Measured {made}: {measured_words(part.as_published, part.unit)}."
    if part.explained:
        return f"{part.why} Measured {made}."
    tried = "; ".join(mistake.words for mistake in part.mistakes)
    return f"The mistakes that were rebuilt do not explain it ({tried})."


def answer_words(claim: ClaimFound) -> str:
    """The verdict, and of a claim that is refuted whether its mistakes explain it."""
    if claim.answer == "cannot be told here":
        return f"{claim.answer}: {claim.reason}" if claim.reason else claim.answer
    tried = [
        part.explained for part in claim.parts if part.answer == "refuted" and part.explained is not None
    ]
    if claim.answer == "refuted" and tried:
        return "refuted, explained" if all(tried) else "refuted, not explained"
    return claim.answer


def _number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if abs(value) >= 100:
        return f"{value:z,.0f}"
    return f"{value:z.1f}" if abs(value) >= 10 else f"{value:z.2f}"
