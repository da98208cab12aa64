"""Write the README's figures from a run: its text between two markers is never edited by hand."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from textwrap import fill

from analysis.readme.markers import filled
from analysis.readme.picture import description, shown_arms
from analysis.records.summary import ArmSummary, Comparison, Summary, ThroughputSummary
from analysis.report.sentences import estimate, store_commands

_WIDTH = 118
_RATE_RPS = 1000
"""The rate at which a difference is turned into a share of a core."""


def rewritten(readme: str, summary: Summary, page: str, beside: Mapping[str, Callable[[], str]]) -> str:
    """Return the README with every block written anew. Failure for a block of unknown name.

    `page`: path of the run's page, as a link from the README. `beside`: writers of blocks of other runs.
    """
    writers = {name: partial(write, summary, page) for name, write in _WRITERS.items()}
    return filled(readme, "README.md", {**writers, **beside})


def requests_per_core(throughput: ThroughputSummary | None) -> str:
    """Write requests a second, as a lower bound where something else than the application was full."""
    if throughput is None or throughput.rps.value is None:
        return "-"
    bound = "at least " if throughput.at_least else ""
    return f"{bound}{throughput.rps.value:,.0f}"


def _answer(summary: Summary, page: str) -> str:
    c = next(c for c in summary.comparisons if c.primary and c.metric == summary.primary_metric)
    arms = {arm.arm: arm for arm in summary.arms}
    session, token = arms[c.a], arms[c.b]
    text = (
        f"**Which should you choose?** A session if a login must end at once: a token works until it expires "
        f"({token.revocation_window_s:g} s here), or needs a look-up with each request and is a session "
        f"again. A token if servers must not share a store. Cost is rarely what decides: {_cost(c, page)} On "
        f"the wire a request with a token has {token.request_bytes or 0:.0f} bytes, one with a session "
        f"{session.request_bytes or 0:.0f}. `.venv/bin/authbench plan` turns the cost into cores and nodes, "
        f"`.venv/bin/authbench adr` writes cost and revocation into a decision record and leaves the choice "
        f"to you."
    )
    return wrapped(text)


def _cost(c: Comparison, page: str) -> str:
    """Say what the primary comparison found, and what that is of a core."""
    run = f"[on two cores]({page})"
    if c.ratio is None or c.difference is None or c.low is None or c.verdict == "inconclusive":
        return f"{run} `{c.a}` and `{c.b}` could not be told apart."
    word = "more" if c.difference > 0 else "less"
    ends = sorted(abs(100 * (end - 1)) for end in (c.low, c.high if c.high is not None else c.ratio))
    noise = (
        "" if c.noise_floor is None else f"; two identical arms differed by up to {100 * c.noise_floor:.1f} %"
    )
    share, percent = 100 * abs(c.difference) * _RATE_RPS / 1e6, 100 * abs(c.ratio - 1)
    return (
        f"{run} a request with `{c.a}` took **{percent:.0f} % {word} CPU** than one with `{c.b}` (95 % "
        f"interval {ends[0]:.0f} to {ends[1]:.0f} %{noise}). That is {abs(c.difference):.0f} us, or "
        f"{share:.0f} % of one core at {_RATE_RPS:,} requests/s."
    )


def _table(summary: Summary, page: str) -> str:
    arms = shown_arms(summary)
    measured = any(arm.throughput for arm in arms)
    columns: dict[str, list[str]] = {
        "CPU above the control, us": [cost_cell(arm) for arm in arms],
        "p50 / p99, ms": [latency_cell(arm) for arm in arms],
        "requests/s of one core": [requests_per_core(arm.throughput) for arm in arms] if measured else [],
        "store commands": [store_commands(arm).upper() for arm in arms],
        "request, bytes": [f"{arm.request_bytes or 0:.0f}" for arm in arms],
        "a revoked credential works for": [_revoked(arm) for arm in arms],
    }
    columns = {head: cells for head, cells in columns.items() if cells}
    rows = [f"| | {' | '.join(columns)} |", f"|---|{'---:|' * (len(columns) - 1)}---|"]
    for arm, *cells in zip(arms, *columns.values(), strict=True):
        rows.append(f"| `{arm.arm}` | {' | '.join(cells)} |")
    when = datetime.fromisoformat(summary.started_at)
    where = (
        f"{'a virtual machine' if summary.machine.virtualized else 'a machine'} with {summary.machine.cpus}"
    )
    rate = f" at {summary.rate.offered_rps:.0f} requests/s" if summary.rate else ""
    used = summary.store
    store = f", {used.server} {used.version} on the same machine" if used else ""
    lead = wrapped(
        f"`{summary.operation}`{rate} on every arm, on {where} cores{store}, {when:%-d %B %Y} ([the page of "
        f"this run]({page}), [how to read it](docs/how-to-read-a-report.md)):"
    )
    marked = any(_is_marked(arm) for arm in arms)
    note = (
        ["", "\\* indicative: a rule objects to the latency of this arm; the page says why."]
        if marked
        else []
    )
    return "\n".join([lead, "", *rows, *note])


def cost_cell(arm: ArmSummary) -> str:
    """Write what an arm costs above the control, with its interval."""
    return "is the control" if arm.role == "control" else estimate(arm.cpu_minus_control_us, 0, interval=True)


def _is_marked(arm: ArmSummary) -> bool:
    return bool(arm.marks.get("latency"))


def latency_cell(arm: ArmSummary) -> str:
    """Write the median and the p99; a star says that a rule objects to them."""
    p50, p99 = (arm.service_ms.get(name) for name in ("p50", "p99"))
    cells = [estimate(value, 2) if value else "-" for value in (p50, p99)]
    return " / ".join(cells) + (" \\*" if _is_marked(arm) else "")


def _revoked(arm: ArmSummary) -> str:
    if not arm.authenticates:
        return "there is none"
    until = "" if arm.logout_ends_credential else ", until it expires"
    return f"{arm.revocation_window_s:g} s{until}"


def _library(summary: Summary, _page: str) -> str:
    """Say how much of each cost is the library; PyJWT and redis-py are what the lean arms leave out."""
    arms = {arm.arm: arm for arm in summary.arms}
    shares = {pair.lean: pair for pair in summary.sensitivity}
    token, session = shares["jwt-hs256-lean"], shares["session-redis-lean"]
    bare, minimal = (estimate(arms[pair.lean].cpu_minus_control_us, 0) for pair in (token, session))
    versions = {name.lower(): version for name, version in summary.versions.items()}
    text = (
        f"* **Much of it is the library.** {100 * (token.share_of_tax or 0):.0f} % of what the JWT adds is "
        f"PyJWT, {100 * (session.share_of_tax or 0):.0f} % of what the session adds is redis-py: a bare HMAC "
        f"check cost {bare} us above the control, a minimal Redis client {minimal}. The result is about "
        f"PyJWT {versions['pyjwt']}, redis-py {versions['redis']} and FastAPI {versions['fastapi']} on "
        f"uvicorn {versions['uvicorn']}, not about JWTs and sessions as such."
    )
    return wrapped(text, indent="  ")


def _picture(summary: Summary, page: str) -> str:
    return "\n".join(
        [
            f'<a href="{page}"><picture>',
            '  <source media="(prefers-color-scheme: dark)" srcset="docs/images/three-answers-dark.svg">',
            f'  <img src="docs/images/three-answers-light.svg" alt="{description(summary)}">',
            "</picture></a>",
        ]
    )


def wrapped(text: str, indent: str = "") -> str:
    """Break lines; none of them inside a span of code, which could not be copied then."""
    whole = re.sub(r"`[^`]+`", lambda code: code[0].replace(" ", "\0"), text)
    lines = fill(whole, _WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return lines.replace("\0", " ")


_WRITERS: dict[str, Callable[[Summary, str], str]] = {
    "answer": _answer,
    "picture": _picture,
    "table": _table,
    "library": _library,
}


def page_of(summary_file: Path, root: Path) -> str:
    """Return the path of the page beside a summary, relative to the project."""
    return (summary_file.parent / "report.html").relative_to(root).as_posix()
