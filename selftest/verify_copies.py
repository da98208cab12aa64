"""`python -m selftest.verify_copies [SCHEME ...]`: is every broken copy of a scheme noticed?

Exit 0: each copy failed at least one check, and each scheme itself none. 1: not so. 130: interrupted.
"""

import sys
import time
from collections.abc import Sequence

from authbench.contracts.experiment import find_workload
from authbench.contracts.failure import ExitCode
from authbench.contracts.records import CheckResult
from loadtests.harness.run.verify import verify_schemes
from selftest.schemes.broken_copies import copies
from servers.discovery import known_schemes

_AT_ONCE = 12
"""Servers started together: they share two processors."""
_CREDENTIALS = 100


def verify_copies(schemes: Sequence[str]) -> dict[str, list[CheckResult]]:
    """The failed checks of each scheme and of each of its broken copies, by name; tells them on the way."""
    workload = find_workload("read").model_copy(update={"credentials": _CREDENTIALS})
    names = [name for scheme in schemes for name in (scheme, *copies(scheme))]
    failed: dict[str, list[CheckResult]] = {}
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        checks = verify_schemes(some, workload, None, lambda text: print(text, file=sys.stderr))
        for name in some:
            failed[name] = [check for check in checks if check.arm == name and not check.passed]
            _tell(name, failed[name])
    return failed


def _tell(name: str, failed: list[CheckResult]) -> None:
    noticed = "; ".join(f"{check.check}: {check.detail}" for check in failed[:1])[:120]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    print(f"{name.rpartition(':')[2]:<48} {noticed or 'nothing to object to'}{more}", flush=True)


def main(schemes: Sequence[str]) -> ExitCode:
    """Try the copies of these schemes; of all that authenticate if none is named."""
    began_s = time.monotonic()
    failed = verify_copies(schemes or [name for name in known_schemes() if name != "none"])
    wrong = [name for name, checks in failed.items() if bool(checks) is not (":" in name)]
    for name in wrong:
        print(f"FAILED {name}: {'not noticed' if ':' in name else 'the scheme itself does not pass'}")
    print(
        f"{len(failed) - len(wrong)} of {len(failed)} as they should be, {time.monotonic() - began_s:.0f} s"
    )
    return ExitCode.INTERNAL if wrong else ExitCode.DONE


if __name__ == "__main__":
    try:
        sys.exit(int(main(sys.argv[1:])))
    except KeyboardInterrupt:
        sys.exit(int(ExitCode.INTERRUPTED))
