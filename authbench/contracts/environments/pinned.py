"""Names of packages, and requirements of one version exactly: `name==version`."""

import re

_PINNED = re.compile(
    r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?:\[[A-Za-z0-9,._-]+\])?==([A-Za-z0-9][A-Za-z0-9.!+_-]*)"
)
"""PEP 508 with one clause `==`, and no wildcard: what a range takes depends on the day."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")

OWN_NAME = "authbench"
"""What is measured is the code that runs: no other version of it can be an arm's."""


def canonical(name: str) -> str:
    """The name as names are compared: lower case, each run of `-`, `_`, `.` one hyphen (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pinned(requirement: str) -> tuple[str, str]:
    """(canonical name, version) of a requirement. ValueError for anything but `name==version`.

    Extras may stand behind the name: `name[extra]==version`.
    """
    found = _PINNED.fullmatch(requirement)
    if found is None:
        raise ValueError(
            f"{requirement!r} is not one exact version: write name==version, such as pyjwt==2.13.0"
        )
    name, version = canonical(found[1]), found[2]
    if name == OWN_NAME:
        raise ValueError(
            f"{requirement!r}: authbench itself is what runs; another version of it is another run"
        )
    return name, version


def plain_name(name: str) -> str:
    """The canonical form of a package's name. ValueError where it is none, or has a version behind it."""
    if _NAME.fullmatch(name) is None:
        raise ValueError(f"{name!r} is not the name of a package: write it alone, such as hiredis")
    if canonical(name) == OWN_NAME:
        raise ValueError(f"{name!r}: nothing runs without authbench itself")
    return canonical(name)


def require_consistent(packages: tuple[str, ...], extra: tuple[str, ...], without: tuple[str, ...]) -> None:
    """ValueError for a bad requirement or name, and for a package that is named twice."""
    named = [*(pinned(each)[0] for each in (*packages, *extra)), *(plain_name(each) for each in without)]
    for name in named:
        if named.count(name) > 1:
            raise ValueError(f"the package {name!r} is named twice")
