"""V06, V07 and V10 together: where the surroundings, and not the server, decided how long requests took."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding
from analysis.validity.limits import TAGGED_SHARE

CODES = ("V06", "V07", "V10")
_WORDS = {
    "V06": "the generator was late",
    "V07": "the generator's processor was busy",
    "V10": "the machine was not quiet",
}


def tagged_share(run: RunData, arm: str, *codes: str) -> float:
    """Share of an arm's valid slices that carry any of these tags."""
    tags = run.slices.loc[run.slices["arm"] == arm, "tags"]
    return sum(not set(codes).isdisjoint(own) for own in tags) / len(tags) if len(tags) else 0.0


def check_run(run: RunData) -> list[Finding]:
    """Refuses an arm's latency where more than a third of its slices carry any of the three tags.

    CPU stays: the twin says whether that wobbles. Below a third the shares are told.
    """
    findings = []
    for arm in run.arms:
        share = tagged_share(run, arm, *CODES)
        if share == 0:
            continue
        shares = {code: tagged_share(run, arm, code) for code in CODES}
        told = ", or ".join(_WORDS[code] for code, own in shares.items() if own > 0)
        refused = share > TAGGED_SHARE.value
        says = ": latency says more about that than about the server" if refused else ""
        findings.append(
            Finding(
                rule="/".join(code for code, own in shares.items() if own > 0),
                severity="refuse-figure" if refused else "tag",
                subject=arm,
                number=share,
                limit=TAGGED_SHARE.value,
                unit="share of slices",
                sentence=f"{told}{says}",
                next_action="close what else runs on this machine, or use one with more processors"
                if refused
                else "",
                refuses="latency" if refused else "none",
            )
        )
    return findings
