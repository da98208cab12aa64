"""The compose file starts real commands of the image that the Containerfile makes, and publishes nothing."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.real_commands import commands_in, parse_command

ROOT = Path(__file__).parents[2]
FILE = ROOT / "deploy" / "compose.yaml"
COMPOSE: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
CONTAINERFILE = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
PAGE = (ROOT / "docs" / "containers.md").read_text("utf-8").partition("## Hosts that are containers")[0]
_VARIABLE = re.compile(r"\$\{(\w+):-([^}]*)\}")


def _command(service: str) -> list[str]:
    """The words of its command, with every variable at its default."""
    return [_VARIABLE.sub(r"\2", word) for word in SERVICES[service]["command"]]


@pytest.mark.parametrize("service", SERVICES)
def test_its_command_is_one_of_authbench(service: str) -> None:
    program, *words = _command(service)
    assert program == "authbench"
    assert parse_command(words) in ("run", "worker")


def test_it_builds_the_image_that_all_services_run() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert {service["image"] for service in SERVICES.values()} == {f"authbench:{version}"}
    (build,) = [service["build"] for service in SERVICES.values() if "build" in service]
    context = (FILE.parent / build["context"]).resolve()
    assert context == ROOT
    assert (context / build["dockerfile"]).read_text("utf-8") == CONTAINERFILE
    assert set(re.findall(r"authbench:([\d.]+)", PAGE + CONTAINERFILE)) == {version}


def test_run_and_workers_meet_at_one_address_with_one_key() -> None:
    run = _command("run")
    workers = [service for service in SERVICES if service != "run"]
    assert run[run.index("--generators") + 1] == str(len(workers))
    for service in workers:
        words = _command(service)
        assert words[words.index("--master") + 1] == run[run.index("--workers-at") + 1]
        assert words[words.index("--join-key-file") + 1] == run[run.index("--join-key-file") + 1]
        assert words[words.index("--name") + 1] == service
        assert SERVICES[service]["network_mode"] == "service:run"
        assert SERVICES[service]["depends_on"] == {"run": {"condition": "service_healthy"}}


def test_nothing_is_on_a_network_and_nobody_gets_a_right() -> None:
    assert SERVICES["run"]["network_mode"] == "none"
    for service in SERVICES.values():
        assert service.keys().isdisjoint({"ports", "expose", "networks", "privileged", "cap_add", "user"})
        assert service["cap_drop"] == ["ALL"]
        assert service["security_opt"] == ["no-new-privileges:true"]


def test_volumes_are_declared_and_belong_to_the_user_of_the_image() -> None:
    mounts = [mount.split(":") for service in SERVICES.values() for mount in service["volumes"]]
    assert {mount[0] for mount in mounts} == set(COMPOSE["volumes"])
    owned = re.search(r"install --directory --owner authbench (.*)", CONTAINERFILE)
    assert owned is not None
    assert {mount[1] for mount in mounts} <= set(owned[1].split())


def test_no_quota_distorts_a_figure() -> None:
    for service in SERVICES.values():
        assert service.keys().isdisjoint({"cpus", "cpu_quota", "cpu_shares", "deploy"})


def test_the_page_names_the_variables_and_real_commands() -> None:
    used = set(re.findall(r"\$\{(\w+)", FILE.read_text("utf-8")))
    table = PAGE.partition("| variable |")[2].partition("\n\n")[0]
    assert set(re.findall(r"`([A-Z_]+)`", table)) == used
    found = [parse_command(words) for words in commands_in("\n".join(_shell_blocks(PAGE)))]
    assert found == ["doctor", "run", "report"]


def _shell_blocks(page: str) -> list[str]:
    """Blocks of shell; the image's name is not the command's."""
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    return [re.sub(r"authbench:[\d.]+", "IMAGE", block) for block in blocks]
