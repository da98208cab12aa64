"""Environments made by the real pip, from wheels that these tests write: nothing is fetched."""

import json
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from authbench.contracts.failure import ExitCode, Failure
from authbench.system.environments import _COMPLETE, Environment, _complete, _reason, environment_with


def write_wheel(folder: Path, name: str, version: str, *requires: str) -> None:
    """A package of one module, which says its version."""
    info = f"{name}-{version}.dist-info"
    needs = "".join(f"Requires-Dist: {each}\n" for each in requires)
    files = {
        f"{name}.py": f"VERSION = {version!r}\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{needs}",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: a test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as wheel:
        for path, content in files.items():
            wheel.writestr(path, content)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An index of its own, which pip is told of as a user would tell it."""
    folder = tmp_path_factory.mktemp("wheels")
    write_wheel(folder, "iniconfig", "0.0.1")
    write_wheel(folder, "iniconfig", "0.0.2")
    write_wheel(folder, "leaf", "1.0", "twig==1.5", "iniconfig")
    write_wheel(folder, "twig", "1.5")
    write_wheel(folder, "bent", "1.0", "iniconfig==0.0.1")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PIP_NO_INDEX", "1")
        patch.setenv("PIP_FIND_LINKS", str(folder))
        patch.setenv("PIP_CONFIG_FILE", "/dev/null")
        yield folder


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("environments")
    yield folder
    shutil.rmtree(folder)  # 20,000 files each


def ask(python: Path, code: str) -> object:
    told = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True, cwd="/")
    return json.loads(told.stdout)


VERSIONS = """
import json
from importlib.metadata import PackageNotFoundError, version

def found(name):
    try:
        return version(name)
    except PackageNotFoundError:
        return None

print(json.dumps([found(name) for name in ("iniconfig", "hiredis", "redis", "leaf", "twig", "authbench")]))
"""


def test_what_is_named_differs_and_all_else_is_the_same(wheels: Path, kept: Path) -> None:
    said: list[str] = []
    packages, without = ["iniconfig==0.0.1"], ["hiredis"]
    made = environment_with(packages, without=without, say=said.append, folder=kept)
    assert made.differs == {"hiredis": None, "iniconfig": "0.0.1"}
    assert said == ["making an environment, once: iniconfig==0.0.1, without hiredis"]
    redis = version("redis")
    assert ask(made.python, VERSIONS) == ["0.0.1", None, redis, None, None, version("authbench")]
    assert ask(made.python, "import iniconfig, servers.process.server; print(iniconfig.VERSION[-1])") == 1
    # The running environment is what it was, though both have the same files.
    assert version("iniconfig") != "0.0.1"
    assert version("hiredis")
    module = Path(sys.modules["pydantic"].__file__ or "")
    place = str(ask(made.python, "import json, pydantic; print(json.dumps(pydantic.__file__))"))
    assert Path(place) != module
    assert Path(place).samefile(module) or Path(place).read_bytes() == module.read_bytes()

    again = environment_with(packages, without=without, say=said.append, folder=kept)
    assert (again, len(said)) == (made, 1), "it was made once"


def test_what_is_half_made_is_used_by_nobody_and_two_at_once_wait(wheels: Path, kept: Path) -> None:
    made = environment_with(["iniconfig==0.0.1"], without=["hiredis"], folder=kept)
    home = made.python.parents[1]
    (home / _COMPLETE).unlink()
    (home / "left-behind").touch()
    told: list[str] = []
    results: list[Environment] = []

    def want() -> None:
        results.append(
            environment_with(["iniconfig==0.0.1"], without=["hiredis"], say=told.append, folder=kept)
        )

    threads = [threading.Thread(target=want) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [made] * 3
    assert not (home / "left-behind").exists()
    assert [line.partition(":")[0] for line in told].count("making an environment, once") == 1

    # Somebody changes it: it is not used any more.
    assert _complete(home) is not None
    shutil.rmtree(next(home.glob("lib/python*/site-packages/iniconfig-0.0.1.dist-info")))
    assert _complete(home) is None


def test_an_extra_package_brings_what_it_depends_on(wheels: Path, kept: Path) -> None:
    made = environment_with(extra=["leaf==1.0"], folder=kept)
    assert made.differs == {"leaf": "1.0", "twig": "1.5"}
    assert ask(made.python, VERSIONS) == [
        version("iniconfig"), version("hiredis"), version("redis"), "1.0", "1.5", version("authbench"),
    ]  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (
            {"packages": ["iniconfig==7"]},
            r"iniconfig==7: there is no such version; the newest are 0\.0\.1, 0\.0\.2",
        ),
        (
            {"extra": ["bent==1.0"]},
            r"bent==1\.0: does not go with the other packages here: bent 1\.0 depends on iniconfig==0\.0\.1: "
            "name those as well",
        ),
    ],
)
def test_what_cannot_be_had_is_one_line_and_leaves_nothing(
    wheels: Path, kept: Path, wanted: Any, message: str
) -> None:
    before = {path.name for path in kept.iterdir() if path.is_dir()}
    with pytest.raises(Failure, match=message) as caught:
        environment_with(**wanted, folder=kept)
    assert caught.value.exit_code is ExitCode.USAGE
    assert {path.name for path in kept.iterdir() if path.is_dir()} == before


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ({"packages": ["pyjwt>=2"]}, "'pyjwt>=2' is not one exact version"),
        ({"packages": ["pyjtw==2.13.0"]}, "'pyjtw' is no package .*: did you mean 'pyjwt'"),
        ({"without": ["hiredsi"]}, "'hiredsi' is no package .*: did you mean 'hiredis'"),
        ({"packages": ["a-package-of-nobody==2.2.1"]}, "what is not installed here is an extra one"),
        ({"extra": ["PyJWT==2.13.0"]}, "'pyjwt' is among the packages that authbench runs with"),
        ({"packages": ["pyjwt==1"], "without": ["PyJWT"]}, "the package 'pyjwt' is named twice"),
    ],
)
def test_a_mistake_is_told_before_anything_is_made(tmp_path: Path, wanted: Any, message: str) -> None:
    with pytest.raises(Failure, match=message):
        environment_with(**wanted, folder=tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_place_where_nothing_can_be_made_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Failure, match="an environment cannot be made there: "):
        environment_with(without=["hiredis"], folder=tmp_path / "file" / "environments")


UNREACHED = """
WARNING: Retrying (Retry(total=0, connect=None, read=None, redirect=None, status=None)) after connection
ERROR: Could not find a version that satisfies the requirement pyjwt==2.13.0 (from versions: none)
ERROR: No matching distribution found for pyjwt==2.13.0
"""


UNHEARD_OF = """
Looking in links: /somewhere
ERROR: Could not find a version that satisfies the requirement pyjwt==2.13.0 (from versions: none)
ERROR: No matching distribution found for pyjwt==2.13.0
"""


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (UNHEARD_OF, "pyjwt==2.13.0: no package index has any version of it"),
        (UNREACHED, "pyjwt==2.13.0: no package index can be reached (pip's own settings say "),
        ("/x/bin/python: No module named pip", "pip is not installed beside authbench"),
        ("ERROR: disk full", "pyjwt==2.13.0: pip failed: disk full"),
        ("", "pyjwt==2.13.0: pip failed: it said nothing"),
    ],
)
def test_what_pip_says_becomes_one_line(told: str, reason: str) -> None:
    found = _reason(told, ["install", "--constraint", "x", "pyjwt==2.13.0"])
    assert found.startswith(reason)
    assert "\n" not in found
