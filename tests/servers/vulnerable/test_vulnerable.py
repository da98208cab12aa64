"""Vulnerable servers: never listed, never beyond loopback, never served by accident."""

import importlib
import pkgutil
import subprocess
import sys

import pytest

from authbench.contracts.failure import Failure
from authbench.system.discovery import is_concrete
from loadtests.attacks.laboratory import target
from servers import vulnerable as package
from servers.contract.scheme import Scheme
from servers.contract.settings import ServerSettings, refuse_exposure
from servers.discovery import find_scheme, known_schemes
from servers.vulnerable.vulnerable import ATTACKED, Vulnerable


def _all() -> dict[str, type[Vulnerable]]:
    found = {}
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        module = importlib.import_module(info.name)
        for name, each in vars(module).items():
            if is_concrete(each, Vulnerable) and each.__module__ == module.__name__:
                found[f"{module.__name__}:{name}"] = each
    return found


ALL = _all()


@pytest.fixture(params=ALL)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _made(path: str) -> Scheme:
    return ALL[path](ServerSettings(scheme=path, redis_url="redis://127.0.0.1"))


def test_it_says_so_in_its_name_and_what_is_wrong(path: str) -> None:
    scheme = ALL[path]
    assert scheme.__name__.startswith("Vulnerable")
    assert scheme.name.startswith("vulnerable-")
    assert scheme.__doc__ is not None
    assert scheme.falls_to or "Falls to" in scheme.__doc__


def test_it_is_not_listed(path: str) -> None:
    assert ALL[path].name not in known_schemes()


def test_it_listens_on_loopback_only(path: str) -> None:
    settings = ServerSettings(scheme=path, host="0.0.0.0", public_origin="https://x.invalid")
    with pytest.raises(Failure, match="unsafe by design"):
        refuse_exposure(settings, _made(path).card)


def test_it_does_not_start_unless_it_is_attacked(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ATTACKED, raising=False)
    with pytest.raises(Failure, match="broken on purpose: it starts only as a control of authbench attack"):
        _made(path).prepare()
    monkeypatch.setenv(ATTACKED, "yes")
    _made(path).prepare()


def test_both_sides_mean_the_same_variable() -> None:
    assert target.ATTACKED == ATTACKED


def test_serving_one_is_refused_in_one_line() -> None:
    scheme = "servers.vulnerable.ends.logout:VulnerableLogout"
    assert find_scheme(scheme)
    command = [sys.executable, "-m", "authbench", "serve", scheme, "--port", "0"]
    served = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert served.returncode == 2
    assert served.stdout == ""
    assert served.stderr.splitlines()[-1].startswith("authbench: VulnerableLogout is broken on purpose")
    assert "Traceback" not in served.stderr
