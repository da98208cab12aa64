"""A record as tools of others read it: log4brains' core 1.1.0 where npm brings it, adr-tools."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from analysis.adr.record import write_record
from tests.analysis.adr.test_record import TITLE, _record
from tests.analysis.build_run import MiniRun

_READ = """
const { Log4brains } = require("@log4brains/core");
Log4brains.create(process.argv[2]).searchAdrs().then((adrs) =>
  console.log(JSON.stringify(adrs.map(({ slug, title, status }) => [slug, title, status]))));
"""


@pytest.fixture(scope="module")
def decisions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a decision of its own, and a record."""
    folder = tmp_path_factory.mktemp("project") / "docs" / "decisions"
    folder.mkdir(parents=True)
    (folder / "0007-ours.md").write_text("# 7. Ours\n\n## Status\n\nAccepted\n", "utf-8")
    text = _record(MiniRun(generations=5), tmp_path_factory.mktemp("run"))
    write_record(folder, TITLE, text)
    return folder


def test_the_front_matter_and_the_status_are_where_log4brains_looks(decisions: Path) -> None:
    """It reads a front matter that ends in `---` alone as a heading, and no status as accepted."""
    (file,) = decisions.glob("0008-*.md")
    lines = file.read_text("utf-8").splitlines()
    end = lines.index("---", 1)
    assert lines[end - 1] == ""
    title = next(index for index, line in enumerate(lines) if line.startswith("# "))
    assert lines[title + 1 : title + 4] == ["", "- Status: proposed", ""]
    keys = [line.partition(":")[0] for line in lines[1 : end - 1]]
    assert keys == ["status", "date", "decision-makers"]
    assert json.loads(lines[3].partition(": ")[2]) == ["for those who decide"]


def test_adr_tools_would_number_the_next_one_after_it(decisions: Path) -> None:
    """adr-new takes the highest number that begins a file's name and `-`, and adds one, in four digits."""
    numbers = [int(found[1]) for path in decisions.iterdir() if (found := re.match(r"(\d+)-", path.name))]
    assert sorted(numbers) == [7, 8]
    names = [path.name for path in decisions.iterdir()]
    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name) for name in names)


@pytest.mark.long
def test_log4brains_shows_it_as_proposed(decisions: Path, tmp_path: Path) -> None:
    node, npm, git = (shutil.which(name) for name in ("node", "npm", "git"))
    if node is None or npm is None or git is None:
        pytest.skip("node, npm or git is not installed")
    wanted = ["--no-audit", "--no-fund", "--ignore-scripts", "@log4brains/core@1.1.0"]
    brought = subprocess.run(
        [npm, "install", "--prefix", tmp_path, *wanted], capture_output=True, text=True, check=False
    )
    if brought.returncode != 0:
        pytest.skip(f"npm cannot bring @log4brains/core: {brought.stderr.strip().splitlines()[-1]}")
    project = decisions.parents[1]
    (project / ".log4brains.yml").write_text(
        "project: {name: p, tz: UTC, adrFolder: ./docs/decisions}\n", "utf-8"
    )
    (tmp_path / "read.js").write_text(_READ, "utf-8")
    # log4brains takes dates and authors from git.
    mine = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    for arguments in (["init", "-q"], ["add", "-A"], [*mine, "commit", "-qm", "records"]):
        subprocess.run([git, *arguments], cwd=project, check=True)
    read = subprocess.run(
        [node, tmp_path / "read.js", project], capture_output=True, text=True, check=True
    ).stdout
    slug = "0008-authenticate-requests-with-a-session-or-with-a-token"
    assert [slug, TITLE, "proposed"] in json.loads(read)
