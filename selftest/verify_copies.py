"""`python -m selftest.verify_copies [SCHEME ...]`: is every broken copy of a scheme noticed?

Exit 0: each copy failed at least one check, and each scheme itself none. 1: not so, or some could not be
verified; then the reason is told, and the others are tried. 2: no such scheme. 130: interrupted.
"""

import sys
import time
from collections.abc import Sequence

from authbench.contracts.experiment import find_workload
from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.records import CheckResult
from authbench.system.interruption import exit_with
from loadtests.harness.run.verify import verify_schemes
from selftest.schemes.broken_copies import copies
from servers.discovery import known_schemes

_AT_ONCE = 12
"""Servers started together: they share two processors."""
_CREDENTIALS = 100


def names_with_copies(schemes: Sequence[str]) -> list[str]:
    """Each scheme, and behind it its broken copies. Failure if there is no such scheme."""
    return [name for scheme in schemes for name in (scheme, *copies(scheme))]


def verify_together(names: Sequence[str]) -> dict[str, list[CheckResult]]:
    """The failed checks of each, by name; tells them on the way. Failure if one of them does not start."""
    workload = find_workload("read").model_copy(update={"credentials": _CREDENTIALS})
    checks = verify_schemes(names, workload, None, lambda text: print(text, file=sys.stderr))
    failed = {name: [check for check in checks if check.arm == name and not check.passed] for name in names}
    for name in names:
        _tell(name, failed[name])
    return failed


def _tell(name: str, failed: list[CheckResult]) -> None:
    noticed = "; ".join(f"{check.check}: {check.detail}" for check in failed[:1])[:120]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    print(f"{_short(name):<48} {noticed or 'nothing to object to'}{more}", flush=True)


def _short(name: str) -> str:
    return name.rpartition(":")[2]


def main(schemes: Sequence[str]) -> ExitCode:
    """Try the copies of these schemes; of all that authenticate if none is named."""
    began_s = time.monotonic()
    try:
        names = names_with_copies(schemes or [name for name in known_schemes() if name != "none"])
    except Failure as failure:
        print(f"selftest-schemes: {failure}", file=sys.stderr)
        return ExitCode.USAGE
    failed: dict[str, list[CheckResult]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        try:
            failed |= verify_together(some)
        except Failure as failure:
            print(f"FAILED {', '.join(map(_short, some))}: could not be verified: {failure}", flush=True)
    wrong = [name for name, checks in failed.items() if bool(checks) is not (":" in name)]
    for name in wrong:
        print(f"FAILED {name}: {'not noticed' if ':' in name else 'the scheme itself does not pass'}")
    good = len(failed) - len(wrong)
    print(f"{good} of {len(names)} as they should be, {time.monotonic() - began_s:.0f} s")
    return ExitCode.DONE if good == len(names) else ExitCode.INTERNAL


if __name__ == "__main__":
    exit_with(main, "selftest-schemes")
