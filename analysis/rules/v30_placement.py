"""V30, against hidden colocation: which processors each part ran on is known and told."""

from analysis.data.run import RunData
from analysis.validity.finding import Finding


def check_run(run: RunData) -> list[Finding]:
    """Refuses every figure where the placement is unknown; a banner where parts share a processor."""
    placement = run.manifest.placement
    if placement is None:
        return [
            Finding(
                rule="V30",
                severity="refuse-figure",
                subject="the run",
                sentence="which processors the parts ran on was not recorded",
                next_action="run again on a system that lets processes be pinned",
                refuses="all",
            )
        ]
    return [
        Finding(
            rule="V30",
            severity="tag",
            subject="the run",
            sentence=f"shared processors: {sharing}",
            next_action="for latency and capacity use a machine with a processor for each part",
        )
        for sharing in placement.shared
    ]
