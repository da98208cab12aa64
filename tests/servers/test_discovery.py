import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from servers import schemes
from servers.contract.scheme import Scheme
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme, known_libraries, known_schemes
from tests.servers.conftest import Serve

OUTSIDE = "tests.servers.outside_schemes"


def test_every_scheme_in_the_package_is_found() -> None:
    known = known_schemes()
    files = {path.stem.replace("_", "-") for path in Path(schemes.__file__).parent.glob("[a-z]*.py")}
    assert set(known) == files
    for name, scheme in known.items():
        assert scheme.name == name
        assert scheme(ServerSettings(scheme=name)).card.name == name


def test_a_server_loads_the_module_of_its_own_scheme_only() -> None:
    code = (
        "import sys; from servers.discovery import find_scheme; print(find_scheme('jwt-hs256').name, *(name "
        "for name in sys.modules if name.startswith('servers.schemes.') and 'parts' not in name))"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == ["jwt-hs256", "servers.schemes.jwt_hs256"]


def test_an_unknown_name_names_the_nearest_known_one_or_all() -> None:
    own = "; or give module:Class for one of your own"
    with pytest.raises(Failure) as refused:
        find_scheme("jwt-hs265")
    assert str(refused.value) == f"unknown scheme 'jwt-hs265': did you mean 'jwt-hs256'?{own}"
    with pytest.raises(Failure) as refused:
        find_scheme("quantum")
    known = ", ".join(sorted([*known_schemes(), *known_libraries()]))
    assert str(refused.value) == f"unknown scheme 'quantum': known are {known}{own}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("no_such_module:Scheme", "cannot be imported: ModuleNotFoundError"),
        (f"{OUTSIDE}:Missing", "has no Missing"),
        (f"{OUTSIDE}:", "has no class name"),
        (":Scheme", "cannot be imported"),
        (f"{OUTSIDE}:NoScheme", "not a scheme"),
        ("servers.contract.scheme:Scheme", "not a scheme"),
        ("servers.contract.scheme:Mark", "not a scheme"),
        (f"{OUTSIDE}:Impostor", "calls itself 'none', which is taken"),
    ],
)
def test_outside_classes_that_cannot_be_used(path: str, reason: str) -> None:
    with pytest.raises(Failure, match=reason) as refused:
        find_scheme(path)
    assert "\n" not in str(refused.value)


def test_a_module_that_fails_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "failing_scheme.py").write_text("raise RuntimeError('two\\nlines')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path.copy())
    with pytest.raises(Failure, match="RuntimeError: two lines"):
        find_scheme("failing_scheme:Scheme")


def test_an_outside_class_is_served(serve: Serve) -> None:
    server = serve(scheme=f"{OUTSIDE}:Headstrong")
    assert server.request("GET", "/me").json == {"sub": "nobody else", "scope": []}
    assert server.ask("card")["name"] == "headstrong"


def test_a_mistake_of_the_server_tells_nothing(serve: Serve) -> None:
    server = serve(scheme=f"{OUTSIDE}:Broken")
    reply = server.request("GET", "/me")
    assert reply.status == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert b"secret" not in reply.body
    assert reply.headers["connection"] == "close"
    assert server.request("GET", "/public").status == 200


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    folder = tmp_path / "more_schemes"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    yield folder
    for name in [name for name in sys.modules if name.startswith("more_schemes")]:
        del sys.modules[name]


SOURCE = """
from servers.contract.scheme import Scheme
from servers.schemes.none import NoAuthentication
class One(NoAuthentication):
    name = "{name}"
"""


def test_a_new_scheme_is_one_new_file(package: Path) -> None:
    (package / "one.py").write_text(SOURCE.format(name="one"))
    (package / "other.py").write_text(SOURCE.format(name="other"))
    found = known_schemes(importlib.import_module("more_schemes"))
    # Neither what a file imports nor the contract itself counts as its own.
    assert list(found) == ["one", "other"]
    assert all(issubclass(scheme, Scheme) for scheme in found.values())


def test_two_schemes_of_one_name_are_refused(package: Path) -> None:
    (package / "one.py").write_text(SOURCE.format(name="same"))
    (package / "other.py").write_text(SOURCE.format(name="same"))
    with pytest.raises(
        Failure, match=r"more_schemes.one:One and more_schemes.other:One have the same name 'same': give one"
    ):
        known_schemes(importlib.import_module("more_schemes"))
