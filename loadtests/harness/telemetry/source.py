"""Which source was measured: the commit, and whether files were changed since."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parents[3]


@dataclass(frozen=True)
class SourceState:
    """None, None when this is not a git checkout or git is not installed."""

    commit: str | None
    dirty: bool | None


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(
            ["git", "-C", str(_HERE), *arguments],  # noqa: S607 - whichever git the user has
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()


def source_state() -> SourceState:
    """Ask git; files it does not track do not count."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return SourceState(None, None)
    return SourceState(commit, bool(_git("status", "--porcelain", "--untracked-files=no")))
