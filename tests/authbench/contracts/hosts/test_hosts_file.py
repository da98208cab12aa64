"""What a hosts file says, and that each mistake in it is one line."""

import sys
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import Hosts, read_hosts, read_hosts_of_service

EXAMPLE = Path(__file__).parents[4] / "docs" / "hosts.example.toml"
ELSEWHERE = 'prefix = ["sh"]\n'


def write(folder: Path, content: str) -> Path:
    path = folder / "hosts.toml"
    path.write_text(content, "utf-8")
    return path


def test_parts_on_other_hosts_and_one_on_this_machine(tmp_path: Path) -> None:
    content = (
        f'[application]\n{ELSEWHERE}python = "/opt/python"\naddress = "10.0.0.11"\n'
        '[store]\naddress = "10.0.0.5"\n[[generators]]\n[[generators]]\n' + ELSEWHERE
    )
    hosts = read_hosts(write(tmp_path, content), None)
    assert hosts.elsewhere == ["application", "generators"]
    assert hosts.application is not None
    assert hosts.application.interpreter == "/opt/python"
    assert hosts.store is not None
    assert not hosts.store.elsewhere
    assert [each.interpreter for each in hosts.generators] == [sys.executable] * 2


def test_an_address_alone_makes_the_servers_of_this_machine_reachable(tmp_path: Path) -> None:
    hosts = read_hosts(write(tmp_path, '[application]\naddress = "10.0.0.5"\n'), None)
    assert hosts.elsewhere == []


def test_the_example_has_every_key(tmp_path: Path) -> None:
    """It names ssh, which need not be here."""
    content = EXAMPLE.read_text("utf-8").replace('["ssh"', '["sh"').replace('["kubectl"', '["sh"')
    hosts = read_hosts(write(tmp_path, content), None)
    assert hosts.elsewhere == ["application", "store", "generators"]
    assert len(hosts.generators) == 2
    told = set(Hosts.model_fields) | {"prefix", "python", "address"}
    assert all(name in content for name in told)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "names no host: give"),
        (
            f'[application]\n{ELSEWHERE}adress = "10.0.0.1"\n',
            "unknown key 'application.adress'; did you mean",
        ),
        ("[aplication]\n", "unknown key 'aplication'; did you mean 'application'?"),
        (f"[store]\n{ELSEWHERE}", "hosts.toml: store: no address: give the one by which"),
        (f'[store]\n{ELSEWHERE}address = "0.0.0.0"\n', "store.address: 0.0.0.0 is every interface"),
        (f'[store]\n{ELSEWHERE}address = "redis"\n', "store.address: 'redis' is no IPv4 address such as"),
        (f'[store]\n{ELSEWHERE}address = "::1"\n', "store.address: '::1' is no IPv4 address such as"),
        (
            '[store]\nprefix = ["no-such-command", "host"]\naddress = "10.0.0.1"\n',
            "store: no command 'no-such-command' on this machine",
        ),
        ('[[generators]]\npython = "/opt/python"\n', "generators.0: python is a path on another host"),
        (f"[[generators]]\n{ELSEWHERE}", "generators on other hosts cannot reach an application"),
        (
            f'[application]\n{ELSEWHERE}address = "10.0.0.1"\n',
            "cannot reach a store that listens on loopback: give [store]",
        ),
        ("[store", "not TOML in UTF-8"),
        (f"[generators]\n{ELSEWHERE}", "generators: [[generators]], a table each, is wanted"),
        ('[store]\nprefix = "ssh host"\n', "store.prefix: a list, in brackets, is wanted"),
    ],
)
def test_a_mistake_is_one_line(content: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        read_hosts(write(tmp_path, content), None)
    assert str(failure.value).startswith(("hosts.toml: ", str(tmp_path)))
    assert line in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_store_of_the_users_own_is_not_named_twice(tmp_path: Path) -> None:
    path = write(tmp_path, '[application]\naddress = "10.0.0.1"\n[store]\naddress = "10.0.0.1"\n')
    with pytest.raises(Failure, match="--redis-url names a store of your own: leave one of them out"):
        read_hosts(path, "redis://10.0.0.9")


def test_hosts_of_a_service_need_no_address(tmp_path: Path) -> None:
    hosts = read_hosts_of_service(write(tmp_path, f"[application]\n{ELSEWHERE}[store]\n{ELSEWHERE}"))
    assert hosts.elsewhere == ["application", "store"]
    with_address = write(tmp_path, f'[application]\n{ELSEWHERE}address = "10.0.0.11"\n')
    assert read_hosts_of_service(with_address).elsewhere == ["application"]


@pytest.mark.parametrize(
    ("content", "line"),
    [
        ("", "names no other host: give [application] or [store] a prefix, or leave --hosts out"),
        ('[application]\naddress = "10.0.0.11"\n', "names no other host"),
        (f"[application]\n{ELSEWHERE}[[generators]]\n", "leave [[generators]] out"),
        (f"[[generators]]\n{ELSEWHERE}", "leave [[generators]] out"),
        ('[application]\nprefix = ["no-such-command"]\n', "no command 'no-such-command' on this machine"),
        (f"[aplication]\n{ELSEWHERE}", "unknown key 'aplication'; did you mean 'application'?"),
    ],
)
def test_a_mistake_in_the_hosts_of_a_service_is_one_line(content: str, line: str, tmp_path: Path) -> None:
    with pytest.raises(Failure) as failure:
        read_hosts_of_service(write(tmp_path, content))
    assert str(failure.value).startswith("hosts.toml: ")
    assert line in str(failure.value)
