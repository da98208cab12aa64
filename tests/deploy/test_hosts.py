"""The hosts file names the containers of its compose file, which wait to be given work."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from authbench.contracts.hosts.hosts_file import read_hosts
from tests.deploy.real_commands import commands_in, parse_command

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / "hosts.compose.yaml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
HOSTS: dict[str, Any] = tomllib.loads((ROOT / "deploy" / "hosts.toml").read_text("utf-8"))
PARTS = [HOSTS["application"], HOSTS["store"], *HOSTS["generators"]]


def test_every_container_is_a_host_and_every_host_a_container() -> None:
    containers = [part["prefix"][-1] for part in PARTS]
    assert containers == [f"{COMPOSE['name']}-{service}-1" for service in SERVICES]
    assert {tuple(part["prefix"][:-1]) for part in PARTS} == {("docker", "exec", "-i")}


@pytest.mark.parametrize("name", ["application", "store"])
def test_an_address_is_that_of_its_container(name: str) -> None:
    assert HOSTS[name]["address"] == SERVICES[name]["networks"]["hosts"]["ipv4_address"]


def test_its_python_is_that_of_the_image() -> None:
    image = (ROOT / "deploy" / "Containerfile").read_text("utf-8")
    found = re.search(r"^COPY --from=build \S+ (\S+)$", image, re.MULTILINE)
    assert found is not None
    assert "RUN python -m venv .venv " in image
    assert {part["python"] for part in PARTS} == {f"{found[1]}/.venv/bin/python"}


def test_nothing_leads_out_of_their_network_and_nobody_gets_a_right() -> None:
    assert COMPOSE["networks"]["hosts"]["internal"] is True
    for service in SERVICES.values():
        assert service.keys().isdisjoint({"ports", "expose", "network_mode", "privileged", "cap_add", "user"})
        assert set(service["networks"]) == {"hosts"}
        assert service["cap_drop"] == ["ALL"]
        assert service["command"] == ["sleep", "infinity"]


def test_it_is_a_hosts_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = tmp_path / "docker"
    docker.write_text("#!/bin/sh\n", "utf-8")
    docker.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    hosts = read_hosts(ROOT / "deploy" / "hosts.toml", None)
    assert hosts.elsewhere == ["application", "store", "generators"]


def test_the_command_on_the_page_is_real() -> None:
    page = (ROOT / "docs" / "containers.md").read_text("utf-8").partition("## Hosts that are containers")[2]
    blocks = re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE)
    assert [parse_command(words) for words in commands_in("\n".join(blocks))] == ["run"]
