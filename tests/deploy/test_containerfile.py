"""The image is made of what is there: a pinned base, existing files, the locked versions, and no index."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
_BASE = re.compile(r"python:(?P<minor>\d+\.\d+)\.\d+-slim-[a-z]+@sha256:[0-9a-f]{64}")


def _instructions() -> list[tuple[str, str]]:
    """(instruction, its words), comments left out and continued lines joined."""
    lines = [line for line in TEXT.splitlines() if line.strip() and not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [
        (name, " ".join(words.split())) for name, _, words in (x.partition(" ") for x in joined.split("\n"))
    ]


INSTRUCTIONS = _instructions()


def _words(name: str) -> list[str]:
    return [words for instruction, words in INSTRUCTIONS if instruction == name]


def _copied() -> set[str]:
    """What is copied from the repository."""
    found = [words.split() for words in _words("COPY") if not words.startswith("--from")]
    return {source for words in found for source in words[:-1]}


def test_both_stages_have_one_base_that_is_pinned() -> None:
    bases = {words.partition(" AS ")[0] for words in _words("FROM")}
    assert len(_words("FROM")) == 2
    assert len(bases) == 1
    assert _BASE.fullmatch(bases.pop())


def test_its_python_is_one_that_is_tested() -> None:
    found = _BASE.search(TEXT)
    assert found is not None
    workflow = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    assert f'"{found["minor"]}"' in workflow
    assert f"Programming Language :: Python :: {found['minor']}" in PROJECT["project"]["classifiers"]


def test_what_it_copies_is_there_and_not_ignored() -> None:
    ignored = (ROOT / "deploy" / "Containerfile.dockerignore").read_text("utf-8").split("\n")
    for source in _copied():
        assert (ROOT / source).exists()
        assert f"!{source}" in ignored


def test_it_copies_every_package_and_what_the_package_names() -> None:
    packages = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    named = {PROJECT["project"]["readme"], *PROJECT["project"]["license-files"]}
    assert {*packages, *named, "pyproject.toml", "requirements.lock"} == _copied()


def test_packages_are_those_of_the_lock_checked_by_hash_and_from_no_named_index() -> None:
    download = next(words for words in _words("RUN") if "pip download" in words)
    assert "--require-hashes" in download
    assert "--only-binary=:all:" in download
    assert "--requirement requirements.lock" in download
    install = next(words for words in _words("RUN") if "pip install" in words)
    assert "--no-index --find-links /wheels" in install
    assert "://" not in TEXT
    assert "index-url" not in TEXT.lower()


def test_it_runs_as_nobody_special_and_finds_the_command() -> None:
    names = [name for name, _ in INSTRUCTIONS]
    assert "USER" not in names[: len(names) - 1 - names[::-1].index("RUN")], "the last RUN needs root"
    user, _, group = _words("USER")[-1].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert f"useradd --uid {user} " in " ".join(_words("RUN"))
    assert _words("ENV")[-1].startswith("PATH=/opt/authbench/.venv/bin:$PATH")
    assert _words("WORKDIR")[0] == "/opt/authbench"
