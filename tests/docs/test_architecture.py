"""The map names paths that exist, and fits on two screens."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "ARCHITECTURE.md").read_text("utf-8")
_TREE = PAGE.partition("## Rooms")[2].partition("```\n")[2].partition("```")[0]
_PATH = re.compile(r"`((?:authbench|servers|loadtests|analysis|tests)/[\w./-]*)`")


def _paths_of_tree() -> list[str]:
    """Folders and files of the drawn tree, whole: a line without indent is a root, the others are in it."""
    paths, root = [], ""
    for line in _TREE.splitlines():
        names, *_ = re.split(r" {2,}", line.strip(), maxsplit=1)
        if not line.startswith(" "):
            root = names
            paths.append(root)
        else:
            paths += [root + name for name in names.split()]
    return paths


@pytest.mark.parametrize("path", sorted({*_paths_of_tree(), *_PATH.findall(PAGE)}))
def test_a_named_path_exists(path: str) -> None:
    assert (ROOT / path).exists()


def test_every_package_of_a_room_is_on_the_map() -> None:
    named = {path.strip("/") for path in _paths_of_tree()}
    for room in ("servers", "loadtests"):
        packages = {f"{room}/{found.parent.name}" for found in (ROOT / room).glob("*/__init__.py")}
        assert packages - named <= {f"{room}/benchmarks"}


def test_ten_questions_have_a_path_each() -> None:
    rows = PAGE.partition("## Ten questions")[2].strip().splitlines()[2:]
    assert len(rows) == 10
    assert all(_PATH.search(row) for row in rows)


def test_it_fits_on_two_screens() -> None:
    assert len(PAGE.splitlines()) <= 100
