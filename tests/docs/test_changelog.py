"""The changelog can be built from its fragments, and each of them has a known type."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FRAGMENTS = {path.name for path in (ROOT / "changelog.d").glob("*.md")} - {"README.md"}


def test_every_fragment_is_in_the_draft() -> None:
    command = [sys.executable, "-m", "towncrier", "build", "--draft", "--version", "next"]
    draft = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    words = " ".join(draft.split())
    for name in FRAGMENTS:
        text = (ROOT / "changelog.d" / name).read_text("utf-8")
        assert " ".join(text.split()) in words, f"{name}: is its type one of changelog.d/README.md?"
