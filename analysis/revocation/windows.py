"""Judge one revoked credential by its probes: how long it lived on, and whether it came back.

Pure functions of a timeline, after the checkers of Jepsen: a probe without a usable reply is neither accepted
nor refused, so it narrows no interval and excuses nothing.

The window of a revocation is how long after the call *returned* a request could still be sent and was
accepted (METHOD: last accepted send minus return of the call). Probes are some milliseconds apart, so it is
known as an interval: at least up to the last accepted one, at most up to the first refused one sent after it.
"""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from authbench.contracts.security.timeline import Probe, RevokedCredential, Verdict

Ending = Literal["refused", "accepted", "unknown"]
"""What a worker process last made of the credential. unknown: it never accepted it, or no longer answered."""


@dataclass(frozen=True)
class WorkerWindow:
    """What one worker process did with one credential. Seconds, counted from the return of the call."""

    ending: Ending
    at_least_s: float
    """The last accepted probe was sent then; 0 where that was before the call returned."""
    at_most_s: float
    """A probe sent then, after the last accepted one, was refused; infinite where none was."""
    resurrected: bool
    """A probe was accepted that was sent after a refusal had been received from this very process."""
    probes: int
    """Sent after the call returned."""
    accepted: int
    """Probes after the call that were accepted."""
    unknown: int
    """Probes after the call that got no answer."""


@dataclass(frozen=True)
class Window(WorkerWindow):
    """One revocation, over all worker processes: as long as the slowest of them."""

    life_s: float
    """From the reply of the login to the last accepted probe: what a lifetime bounds."""
    workers: tuple[WorkerWindow, ...]


def judge_worker(probes: Sequence[Probe], called_ns: int, returned_ns: int) -> WorkerWindow:
    """Judge the probes that one worker process answered, in any order.

    `unknown` unless it accepted one before the call: a credential that never worked shows nothing.
    """
    conclusive = [probe for probe in probes if probe.verdict is not Verdict.UNKNOWN]
    accepted = [probe for probe in conclusive if probe.verdict is Verdict.ACCEPTED]
    refused = [probe for probe in conclusive if probe.verdict is Verdict.REFUSED]
    worked = any(probe.done_ns <= called_ns for probe in accepted)
    last_accepted_ns = max((probe.sent_ns for probe in accepted), default=returned_ns)
    later = [probe.sent_ns for probe in refused if probe.sent_ns > last_accepted_ns]
    ending: Ending = "unknown"
    if worked and later:
        ending = "refused"
    elif worked and last_accepted_ns > returned_ns:
        ending = "accepted"
    after = [probe for probe in probes if probe.sent_ns > returned_ns]
    return WorkerWindow(
        ending=ending,
        at_least_s=_seconds(last_accepted_ns - returned_ns),
        at_most_s=_seconds(min(later) - returned_ns) if later else math.inf,
        resurrected=_came_back(accepted, refused, called_ns),
        probes=len(after),
        accepted=sum(probe.verdict is Verdict.ACCEPTED for probe in after),
        unknown=sum(probe.verdict is Verdict.UNKNOWN for probe in after),
    )


def _came_back(accepted: Sequence[Probe], refused: Sequence[Probe], called_ns: int) -> bool:
    """Whether an accepted probe was sent when a refusal of the same credential was known.

    Two probes under way at once have no order. Only refusals after the call count: one before it is no effect
    of it. What a reply has renewed since is another credential, which was never refused.
    """
    known_ns: dict[int, int] = {}
    for probe in refused:
        if probe.sent_ns >= called_ns:
            known_ns[probe.renewal] = min(probe.done_ns, known_ns.get(probe.renewal, probe.done_ns))
    return any(probe.sent_ns >= known_ns.get(probe.renewal, math.inf) for probe in accepted)


def _seconds(duration_ns: int) -> float:
    return max(0, duration_ns) / 1e9


def judge_window(revoked: RevokedCredential) -> Window:
    """Judge one revocation. A worker process that shows nothing makes the whole of it unknown.

    A lower bound that another one shows is one all the same.
    """
    workers = tuple(judge_worker(probes, revoked.called_ns, revoked.returned_ns) for probes in revoked.probes)
    endings = {worker.ending for worker in workers}
    ending: Ending = "refused"
    if "accepted" in endings:
        ending = "accepted"
    elif "unknown" in endings:
        ending = "unknown"
    last_accepted_ns = max(
        (probe.sent_ns for probes in revoked.probes for probe in probes if probe.verdict is Verdict.ACCEPTED),
        default=revoked.issued_ns,
    )
    return Window(
        ending=ending,
        at_least_s=max(worker.at_least_s for worker in workers),
        at_most_s=max(worker.at_most_s for worker in workers),
        resurrected=any(worker.resurrected for worker in workers),
        probes=sum(worker.probes for worker in workers),
        accepted=sum(worker.accepted for worker in workers),
        unknown=sum(worker.unknown for worker in workers),
        life_s=_seconds(last_accepted_ns - revoked.issued_ns),
        workers=workers,
    )


def longest_silence_s(revoked: RevokedCredential) -> float:
    """The longest time after the call in which some worker process gave no conclusive answer: what a window
    can hide in. Counted from send to send, to the end of probing.
    """
    longest_ns = 0
    for probes in revoked.probes:
        sent = sorted(probe.sent_ns for probe in probes if probe.verdict is not Verdict.UNKNOWN)
        seen = sent[bisect_left(sent, revoked.returned_ns) :]
        edges = [revoked.returned_ns, *seen, max(revoked.watched_until_ns, revoked.returned_ns)]
        gaps = [later - earlier for earlier, later in pairwise(edges)]
        longest_ns = max(longest_ns, *gaps)
    return longest_ns / 1e9
