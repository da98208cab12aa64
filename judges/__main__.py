"""`python -m judges [NAME ...]`: let tools of others judge our servers; compare with our own attacks.

Each judge is pointed at a server that is broken on purpose first. Where it has no objection to that one, what
it says of others counts for nothing. All servers are started here and listen on loopback.

Exit 0: every judge that is installed was asked, and sees what our attacks see; those that are not are named.
2: no such judge. 3: a judge has no objection to its control. 6: a judge objects to something that no attack
of ours has found, or disagrees with one. 130: interrupted; nothing is left running.
"""

import os
import sys
from pathlib import Path

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.judges import JudgesReport
from authbench.contracts.security.report import write_security_report
from authbench.system.interruption import exit_with
from judges.agreement import exit_code
from judges.run_judges import JudgesRequest, run_judges
from judges.table import lines

_RESULTS = "RESULTS"
"""Environment variable: the results folder, where the newest attack report is, and this one goes."""


def main(names: list[str]) -> ExitCode:
    """Ask these judges; all if there is none."""
    results = Path(os.environ.get(_RESULTS) or "results")
    asked = f" JUDGES={' '.join(names)!r}" if names else ""
    request = JudgesRequest(
        names=names,
        results=results,
        command=f"make judges{asked}",
        say=lambda text: print(text, file=sys.stderr, flush=True),
    )
    try:
        report: JudgesReport = run_judges(request)
        path = write_security_report(results, report)
    except Failure as failure:
        print(f"judges: {failure}", file=sys.stderr)
        return failure.exit_code
    print("\n".join(lines(report)))
    print(f"\nEvidence: {path}")
    return exit_code(report)


if __name__ == "__main__":
    exit_with(main, "judges")
