"""Requirements of one exact version, and names of packages."""

import pytest

from authbench.contracts.environments.pinned import canonical, pinned, plain_name, require_consistent


@pytest.mark.parametrize("name", ["zope.event", "Zope_Event", "zope--event"])
def test_a_name_has_one_form_in_which_it_is_compared(name: str) -> None:
    assert canonical(name) == "zope-event"


@pytest.mark.parametrize(
    ("requirement", "found"),
    [
        ("pyjwt==2.13.0", ("pyjwt", "2.13.0")),
        ("PyJWT[crypto]==2.13.0", ("pyjwt", "2.13.0")),
        ("a==1!2.0rc1.post2+local.1", ("a", "1!2.0rc1.post2+local.1")),
    ],
)
def test_one_exact_version_is_read(requirement: str, found: tuple[str, str]) -> None:
    assert pinned(requirement) == found


@pytest.mark.parametrize(
    "requirement",
    [
        "pyjwt",
        "pyjwt>=2.13",
        "pyjwt==2.*",
        "pyjwt===2.13",
        "pyjwt==",
        "==2.13",
        "pyjwt==2.13,<3",
        "pyjwt == 2.13",
        "pyjwt @ file:///x.whl",
        "--index-url=x",
        "pyjwt==2.13 ; python_version > '3'",
    ],
)
def test_what_is_not_one_version_is_refused_in_one_line(requirement: str) -> None:
    with pytest.raises(ValueError, match="is not one exact version: write name==version"):
        pinned(requirement)


def test_authbench_has_one_version_in_a_run() -> None:
    with pytest.raises(ValueError, match="authbench itself"):
        pinned("authbench==0.0.1")
    with pytest.raises(ValueError, match="authbench itself"):
        plain_name("authbench")


@pytest.mark.parametrize("name", ["hiredis==3", "-r", "", "a b"])
def test_what_is_taken_away_is_a_name_alone(name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a package"):
        plain_name(name)


@pytest.mark.parametrize(
    ("packages", "extra", "without"),
    [
        (("a==1", "A==2"), (), ()),
        (("a.b==1",), ("a-b==1",), ()),
        (("a==1",), (), ("a",)),
    ],
)
def test_a_package_is_named_once(
    packages: tuple[str, ...], extra: tuple[str, ...], without: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="is named twice"):
        require_consistent(packages, extra, without)
    require_consistent(packages[:1], (), ())
