"""Which source was measured: the commit, and whether files were changed since."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parents[3]
_RESULTS = "results"


@dataclass(frozen=True)
class SourceState:
    """None, None when this is not a git checkout of its own or git is not installed."""

    commit: str | None
    dirty: bool | None


def _git(checkout: Path, *arguments: str) -> str | None:
    # Without GIT_DIR and its kin: inside a hook of another repository they name that one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    try:
        done = subprocess.run(
            ["git", "-C", str(checkout), *arguments],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            env=environment,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def source_state(checkout: Path = _HERE) -> SourceState:
    """Ask git; files that it does not track, and results, do not count: nothing that is measured is of them.

    A copy that lies inside another repository has no commit of its own: that one's says nothing of it.
    """
    top = _git(checkout, "rev-parse", "--show-toplevel")
    commit = _git(checkout, "rev-parse", "HEAD")
    if top is None or commit is None or Path(top).resolve() != checkout.resolve():
        return SourceState(None, None)
    changed = _git(
        checkout, "status", "--porcelain", "--untracked-files=no", "--", ".", f":(exclude){_RESULTS}"
    )
    return SourceState(commit, bool(changed))
