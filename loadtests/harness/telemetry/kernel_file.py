"""Read a file of /proc or /sys."""

from pathlib import Path


def read_text(path: Path | str) -> str:
    """The content without white space around it; empty if it cannot be read."""
    try:
        return Path(path).read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""
