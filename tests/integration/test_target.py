"""`authbench run --target` as a user runs it, on servers that it did not start."""

import csv
import json
import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from authbench.contracts.failure import ExitCode
from authbench.contracts.records import Manifest
from authbench.contracts.run_directory import read_manifest, read_slices
from tests.integration.front_door import front_door
from tests.loadtests.harness.target.shop import PASSWORD, Shop, running
from tests.loadtests.harness.target.sql_shop import SqlShop
from tests.loadtests.harness.whose_cpu.control_groups import countable, made_in
from tests.servers.postgres_process import PostgresProcess
from tests.servers.redis_process import RedisProcess
from tests.servers.server_process import ServerProcess

pytestmark = pytest.mark.integration

USERS = 24
TARGET = """
name = "own"
base_url = "{session}"
redis_url = "{redis}"
users = {{ file = "users.csv" }}
processes = {{ server = "listening" }}
[run]
slice_s = 0.4
cycles = 2
generations_min = 2
generations_max = 2
rate_rps = 60
closed_loop_s = 0.4

[[variants]]
name = "session"
credential = {{ cookie = "dev-sid" }}
lifetime = {{ seconds = 3600 }}
endpoints = [{{ path = "/me", contains = "{{username}}" }}]
[variants.login]
path = "/login"
body = {{ username = "{{username}}", password = "{{password}}" }}
csrf = {{ path = "/csrf", token = {{ cookie = "dev-csrf" }}, send_header = "X-CSRF-Token" }}

[[variants]]
name = "token"
base_url = "{token}"
login = {{ path = "/login", body = {{ username = "{{username}}", password = "{{password}}" }} }}
credential = {{ pointer = "/access_token" }}
lifetime = {{ jwt = true }}
endpoints = [{{ path = "/me", contains = "{{username}}" }}]
[variants.refresh]
path = "/refresh"
body = {{ refresh_token = "{{refresh_token}}" }}
token = {{ pointer = "/refresh_token" }}
"""


@pytest.fixture
def target(tmp_path: Path, redis_server: RedisProcess) -> Iterator[Path]:
    """A target file of a session and of a token whose life is a few slices."""
    servers = []
    password = secrets.token_urlsafe(16)
    for scheme, settings in (("session-redis", {}), ("jwt-hs256", {"token_lifetime_s": 12})):
        folder = tmp_path / scheme
        folder.mkdir()
        prefix = f"target:{tmp_path.name}:{scheme}:"
        server = ServerProcess(
            folder,
            scheme=scheme,
            redis_url=redis_server.url,
            redis_key_prefix=prefix,
            store_deadline_ms=5000,
            **settings,
        )
        server.ask("accounts", first=0, count=USERS, password=password)
        servers.append(server)
    with (tmp_path / "users.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["username", "password"])
        writer.writerows([f"user-{number:06d}", password] for number in range(USERS))
    path = tmp_path / "target.toml"
    session, token = (server.origin for server in servers)
    path.write_text(TARGET.format(session=session, token=token, redis=redis_server.url), "utf-8")
    yield path
    for server in servers:
        server.stop()


def _manifest(folder: Path) -> tuple[Path, Manifest]:
    (path,) = (folder / "results" / "raw").iterdir()
    return path, read_manifest(path)


def test_a_service_is_measured_by_its_recipes(target: Path, tmp_path: Path) -> None:
    with front_door(tmp_path, "run", "--target", str(target), "--generators", "2", "--json") as door:
        code, out, errors = door.end()
        assert code in (ExitCode.DONE, ExitCode.INVALID), errors
        assert not door.family()
    summary = json.loads(out)
    # A busy machine may void a run (V21: identical arms differ); what follows may not.
    told = {reason.partition(":")[0] for reason in summary["reasons"]}
    assert told.isdisjoint({"V12", "V13", "V14", "V45"}), summary["reasons"]
    assert summary["operation"] == "GET /me"
    assert [arm["arm"] for arm in summary["arms"]] == ["session", "session (twin)", "token"]
    refused = [arm["outcomes"].get("refused", 0) for arm in summary["arms"]]
    assert refused == [0, 0, 0], "no request carries a token that has expired"
    assert all(arm["cpu_minus_control_us"]["value"] is None for arm in summary["arms"])
    assert all(arm["cpu_app_us"]["value"] > 0 for arm in summary["arms"])
    assert "CPU of the store" in summary["not_measured"]
    commands = {arm["arm"]: arm["store_commands"] for arm in summary["arms"]}
    assert commands["session"]["getex"]["commands"] == commands["session"]["getex"]["requests"]
    assert commands["token"] == {}
    path, manifest = _manifest(tmp_path)
    assert manifest.service is not None
    assert manifest.service.users == USERS
    assert manifest.service.variants["token"].renewed_by == "refresh"
    slices = [judged.measured for judged in read_slices(path)]
    renewals = Counter(one.arm for one in slices if one.renewal)
    assert set(renewals) == {"token"}, "its 12 s are over before the run is"
    assert all(one.renewal.renewed == one.renewal.sent for one in slices if one.renewal)
    assert all(canary.as_expected for one in slices for canary in one.canaries)
    page = (tmp_path / "results" / "derived" / manifest.run_id / "report.html").read_text("utf-8")
    assert "Nothing is subtracted" in page
    assert "CPU of the store" in page
    assert not any(secret in page for secret in ("sid=", "Bearer "))
    for verb in (["plan", "latest"], ["run", "--resume", "latest"]):
        with front_door(tmp_path, *verb) as door:
            code, _, errors = door.end()
            assert code == ExitCode.USAGE
            assert errors.splitlines()[-1].startswith("authbench: "), errors


SHOP = """
name = "shop"
base_url = "{url}"
users = {{ file = "users.csv" }}
[run]
slice_s = 0.4
cycles = 2
generations_min = 2
generations_max = 2
rate_rps = 400
closed_loop_s = 0.4

[[variants]]
name = "session"
credential = {{ cookie = "sid" }}
lifetime = {{ cookie = true }}
endpoints = [{{ path = "/me", contains = "{{username}}" }}]
[variants.login]
path = "/login"
body = {{ username = "{{username}}", password = "{{password}}" }}
csrf = {{ path = "/csrf", token = {{ cookie = "csrf" }}, send_header = "X-CSRF-Token" }}
"""


GROUPS = (
    TARGET.partition('\n[[variants]]\nname = "token"')[0]
    .replace("{session}", "{url}")
    .replace(
        'processes = {{ server = "listening" }}',
        'processes = {{ server = {{ cgroup = "{server}" }}, store = {{ cgroup = "{store}" }} }}',
    )
)
"""The session's part of the target, with groups instead of processes."""


def test_the_cpu_time_of_control_groups_is_read(tmp_path: Path) -> None:
    """A service and its store that are known by their control groups only, as those of containers are."""
    password, hierarchy = secrets.token_urlsafe(16), countable()
    with (tmp_path / "users.csv").open("w", encoding="utf-8", newline="") as file:
        names = [(f"user-{number:06d}", password) for number in range(USERS)]
        csv.writer(file).writerows([("username", "password"), *names])
    with (
        made_in(hierarchy) as server_group,
        made_in(hierarchy) as store_group,
        TemporaryDirectory(prefix="redis-") as folder,
    ):
        store = RedisProcess(Path(folder))
        server = ServerProcess(tmp_path, scheme="session-redis", redis_url=store.url)
        try:
            server.ask("accounts", first=0, count=USERS, password=password)
            (server_group / "cgroup.procs").write_text(str(server.pid), "ascii")
            (store_group / "cgroup.procs").write_text(str(store.ask("INFO")["process_id"]), "ascii")
            path = tmp_path / "target.toml"
            groups = {"server": server_group, "store": store_group}
            path.write_text(GROUPS.format(url=server.origin, redis=store.url, **groups), "utf-8")
            with front_door(tmp_path, "run", "--target", str(path), "--json") as door:
                code, out, errors = door.end()
        finally:
            server.stop()
            store.kill()
    assert code in (ExitCode.DONE, ExitCode.INVALID), errors
    summary = json.loads(out)
    assert all(arm["cpu_app_us"]["value"] > 0 for arm in summary["arms"])
    assert "CPU of the store" not in summary["not_measured"]
    path, manifest = _manifest(tmp_path)
    assert manifest.service is not None
    assert manifest.service.variants["session"].processes == 1
    assert manifest.placement is not None
    assert manifest.placement.app
    assert manifest.placement.store
    measured = [judged.measured for judged in read_slices(path)]
    assert all(one.app_cpu_ns and one.store_cpu_ns for one in measured)


def _parts(groups: Iterable[set[str]]) -> list[set[str]]:
    """Groups that have a user in common are one part."""
    parts: list[set[str]] = []
    for group in groups:
        apart = [part for part in parts if not part & group]
        parts = [*apart, group.union(*(part for part in parts if part & group))]
    return parts


def test_500_users_of_two_load_generators_of_whom_none_is_shared(tmp_path: Path) -> None:
    names = [f"user-{number:03d}" for number in range(500)]
    with (tmp_path / "users.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("username", "password"), *((name, PASSWORD) for name in names)])
    with running(Shop(users=names)) as shop:
        path = tmp_path / "target.toml"
        path.write_text(SHOP.format(url=shop.url), "utf-8")
        with front_door(tmp_path, "run", "--target", str(path), "--generators", "2") as door:
            code, _, errors = door.end()
    assert code in (ExitCode.DONE, ExitCode.INVALID), errors
    # The second client, which is no load generator, asks for the last four users over connections of its own.
    read_over = [
        users
        for number, users in shop.read_over.items()
        if number not in shop.logged_in_over and not users <= set(names[-4:])
    ]
    parts = _parts(read_over)
    # A connection belongs to one generator: one user of both would make one part of the two.
    assert sorted(len(part) for part in parts) == [250, 250]
    assert set().union(*parts) == set(names)


SQL_SHOP = """
name = "sql"
base_url = "{url}"
users = {{ file = "users.csv" }}
processes = {{ store = "listening" }}
sql_url = "postgresql://127.0.0.1:1/shop"
[run]
slice_s = 0.3
cycles = 2
generations_min = 1
generations_max = 1
rate_rps = 60
closed_loop_s = 0.2
"""
SQL_VARIANT = """
[[variants]]
name = "{name}"
login = {{ path = "/login", body = {{ username = "{{username}}", password = "{{password}}" }} }}
credential = {{ cookie = "sid" }}
lifetime = {{ cookie = true }}
endpoints = [{{ path = "/{name}", contains = "{{username}}" }}]
"""


def test_statements_of_a_postgresql_are_counted_to_the_integer(
    tmp_path: Path, postgres_server: PostgresProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres_server.create_database("shop")
    names = [f"user-{number:03d}" for number in range(USERS)]
    with (tmp_path / "users.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("username", "password"), *((name, PASSWORD) for name in names)])
    path = tmp_path / "target.toml"
    # The variable is taken instead of the file's, which has no password.
    monkeypatch.setenv("AUTHBENCH_SQL_URL", postgres_server.url("shop"))
    with running(SqlShop(postgres_server.url("shop"), names)) as shop:
        variants = "".join(SQL_VARIANT.format(name=name) for name in ("me", "touched"))
        path.write_text(SQL_SHOP.format(url=shop.url) + variants, "utf-8")
        with front_door(tmp_path, "run", "--target", str(path), "--json") as door:
            code, out, errors = door.end()
    assert code in (ExitCode.DONE, ExitCode.INVALID), errors
    summary = json.loads(out)
    arms = {arm["arm"]: arm for arm in summary["arms"]}
    assert {arm["store"] for arm in arms.values()} == {"sql"}
    for arm, asked in (("me", {"select"}), ("me (twin)", {"select"}), ("touched", {"select", "update"})):
        counted = arms[arm]["store_commands"]
        assert set(counted) == asked
        assert all(each["commands"] == each["requests"] > 0 for each in counted.values()), counted
        assert arms[arm]["store_bytes_in"] is None
    assert summary["store"]["server"] == "PostgreSQL"
    assert summary["further_stores"] == []
    assert "bytes to and from the store: PostgreSQL does not count them" in summary["not_measured"]
    raw, manifest = _manifest(tmp_path)
    slices = [judged.measured for judged in read_slices(raw)]
    assert all(one.store_bytes_out is None and one.store_usec is None for one in slices)
    assert all(one.store_cpu_ns for one in slices), "the processes of its connections are read"
    whole = [
        one
        for one in slices
        if one.accepted == one.sent and one.probe and one.probe.accepted == one.probe.sent
    ]
    assert all(one.harness_commands == {"begin": one.served, "commit": one.served} for one in whole)
    derived = tmp_path / "results" / "derived" / manifest.run_id
    assert "PostgreSQL" in (derived / "report.html").read_text("utf-8")
    written = [one for one in (tmp_path / "results").rglob("*") if one.is_file()]
    assert not [one for one in written if postgres_server.password.encode() in one.read_bytes()]


def test_a_mistake_is_told_before_anything_is_measured(target: Path, tmp_path: Path) -> None:
    content = target.read_text("utf-8")
    target.write_text(content.replace('cookie = "dev-sid"', 'cookie = "sessionid"'), "utf-8")
    with front_door(tmp_path, "run", "--target", str(target)) as door:
        code, _, errors = door.end()
    assert code == ExitCode.USAGE
    assert "sets no cookie 'sessionid'" in errors.splitlines()[-1]
    assert not (tmp_path / "results").exists()
