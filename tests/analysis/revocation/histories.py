"""Timelines written by hand: times in milliseconds, the call returns at 0."""

from authbench.contracts.security.timeline import Probe, Revocation, RevokedCredential, Verdict

MS = 1_000_000
CALLED = -10
_VERDICTS = {"+": Verdict.ACCEPTED, "-": Verdict.REFUSED, "?": Verdict.UNKNOWN}


def probe(sent: float, verdict: str, took: float = 2, renewal: int = 0) -> Probe:
    return Probe(round(sent * MS), round((sent + took) * MS), _VERDICTS[verdict], renewal)


def every(verdicts: str, start: float = -60, period: float = 20) -> list[Probe]:
    """One probe a period: '+++--' is accepted three times, then refused."""
    return [probe(start + place * period, each) for place, each in enumerate(verdicts) if each != " "]


def revoked(
    *workers: list[Probe], kind: Revocation = Revocation.LOGOUT, issued: float = -100, until: float = 400
) -> RevokedCredential:
    return RevokedCredential(
        kind=kind,
        issued_ns=round(issued * MS),
        called_ns=CALLED * MS,
        returned_ns=0,
        watched_until_ns=round(until * MS),
        probes=list(workers),
    )
