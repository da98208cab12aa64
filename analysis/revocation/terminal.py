"""Print the report of `authbench revoke`."""

from collections.abc import Sequence
from pathlib import Path

from authbench.contracts.security.revocation import Bounds, RevocationReport, RevocationRow, Windows
from authbench.words.counting import counted

_HEAD = (
    "scheme",
    "revoked by",
    "declared",
    "median [95 %]",
    "longest",
    "n",
    "accepted at the end",
    "came back",
    "workers",
    "store, ms",
    "verdict",
)
_WORDS = 2
"""The first columns are words, and the last one; the others are figures."""


def print_revocations(report: RevocationReport, path: Path, *, verbose: bool = False) -> None:
    """Print one line for each scheme and kind, if `verbose` for each condition too; then what is wrong."""
    print("Seconds for which a revoked credential was still accepted, from the return of the call\n")
    for line in table(report, verbose=verbose):
        print(line)
    print()
    for line in sentences(report):
        print(line)
    print(f"Everything: {path}")


def table(report: RevocationReport, *, verbose: bool) -> list[str]:
    """The lines of the table, its head first."""
    rows: list[Sequence[str]] = [_HEAD]
    for row in report.rows:
        rows.append(_line(row))
        if verbose:
            rows += [
                ("", "", "", *_cells(one.windows), str(one.workers), f"{one.store_rtt_ms:g}", "")
                for one in row.conditions
            ]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    return ["  ".join(_aligned(row, widths)).rstrip() for row in rows]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    last = len(row) - 1
    return [
        text.ljust(width) if place < _WORDS or place == last else text.rjust(width)
        for place, (text, width) in enumerate(zip(row, widths, strict=True))
    ]


def _line(row: RevocationRow) -> tuple[str, ...]:
    workers = sorted({one.workers for one in row.conditions})
    distances = sorted({one.store_rtt_ms for one in row.conditions})
    return (
        row.scheme,
        row.kind,
        f"{row.declared_s:g}",
        *_cells(row.windows),
        "+".join(map(str, workers)),
        "+".join(f"{far:g}" for far in distances),
        row.verdict,
    )


def _cells(windows: Windows) -> tuple[str, ...]:
    judged = windows.revocations - windows.unknown
    return (
        bounds(windows.median),
        _between(windows.longest_at_least_s, windows.longest_at_most_s),
        str(judged) + (f" of {windows.revocations}" if windows.unknown else ""),
        str(windows.still_accepted),
        f"{windows.came_back} of {windows.revocations} (<{windows.came_back_below:.2g})",
    )


def bounds(found: Bounds | None) -> str:
    """'0.870-0.890 [0.310, 0.980]': at least, at most, and the interval of both; '-' of nothing."""
    if found is None:
        return "-"
    text = _between(found.at_least_s, found.at_most_s)
    if found.low_s is None:
        return text
    return f"{text} [{found.low_s:.3f}, {'...' if found.high_s is None else f'{found.high_s:.3f}'}]"


def _between(at_least_s: float, at_most_s: float | None) -> str:
    return f"{at_least_s:.3f}-" + ("..." if at_most_s is None else f"{at_most_s:.3f}")


def sentences(report: RevocationReport) -> list[str]:
    """What the table does not say: how it was probed, controls, scaling, what is wrong, what was left out."""
    probes = sum(row.windows.probes for row in report.rows)
    silence_s = max((row.windows.longest_silence_s for row in report.rows), default=0.0)
    told = [
        "A window is known as at least - at most: probes are some milliseconds apart. came back: refused, "
        "then accepted by the same process (95 % bound of the share).",
        f"A probe every {report.every_ms:g} ms through every worker process, {probes} after a revocation; "
        f"under {report.load_rps:g} reads/s of other users. The longest time without a usable answer was "
        f"{silence_s:.2f} s: a return may hide in it.",
        f"Servers that are broken on purpose: {sum(one.red for one in report.controls)} of "
        f"{len(report.controls)} found.",
    ]
    if (scaling := report.scaling) is not None:
        lives = ", ".join(
            f"{bounds(one.life)} s at {one.declared_s:g} s (n {one.revocations})" for one in scaling.lifetimes
        )
        told.append(
            f"{scaling.scheme} is accepted from login on for, by token lifetime: {lives}. The window "
            + ("is what is left of the lifetime." if scaling.holds else "does NOT scale with the lifetime.")
        )
    told += [f"Left out: {text}." for text in report.left_out]
    for row in report.rows:
        told += [f"{row.scheme}: not revoked: {text}." for text in row.failed]
    told += [_failure(row) for row in report.failed]
    told += [
        f"VOID: {one.scheme}, {one.kind}: it must be found to be '{one.must}', and was not: nothing above "
        "can be used; run it again on a quieter machine"
        for one in report.void
    ]
    return told


def _failure(row: RevocationRow) -> str:
    windows = row.windows
    return (
        f"FAILED: {row.scheme}, {row.kind}: {row.verdict}: accepted {windows.longest_at_least_s:.3f} s after "
        f"the call returned, {row.declared_s:g} s declared; came back "
        f"{counted(windows.came_back, 'time')} of "
        f"{windows.revocations}: fix the scheme, or correct its card"
    )
