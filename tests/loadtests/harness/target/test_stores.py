"""Which stores are asked what they counted, what they are called in failures, and whose CPU is theirs."""

import os
from typing import Any

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.target.target_file import Target
from loadtests.harness.target.postgres import Postgres
from loadtests.harness.target.stores import (
    CountingRedis,
    CountingStore,
    StoreAddress,
    addresses,
    observe_stores,
)
from loadtests.harness.telemetry.cpu_clock import Family
from loadtests.harness.telemetry.store_counters import together
from tests.loadtests.harness.target.shop import HERE, session_variant
from tests.servers.postgres_process import PostgresProcess
from tests.servers.redis_process import RedisProcess, free_port

FROM_FILE = {"redis_url": "redis://127.0.0.1:1/0", "sql_url": "postgresql://127.0.0.1:1/x"}


def target(**more: Any) -> Target:
    base = {"name": "shop", "base_url": "http://127.0.0.1:1", "users": {"file": "users.csv"}}
    return Target.model_validate({**base, "variants": [session_variant()], **more}, strict=False)


def named_as(store: str | list[int]) -> Target:
    """A target file that names its store's processes so."""
    return target(**FROM_FILE, processes={"store": store})


def named(found: list[StoreAddress]) -> dict[str, str]:
    return {each.named: each.url for each in found}


def test_an_option_counts_instead_of_the_file() -> None:
    assert addresses(target(), None, None) == []
    assert named(addresses(target(**FROM_FILE), None, None)) == FROM_FILE
    found = addresses(target(**FROM_FILE), None, "postgresql://u:s3cret@h/x")
    assert named(found) == {
        "redis_url": "redis://127.0.0.1:1/0",
        "--sql-url": "postgresql://u:s3cret@h/x",
    }
    assert "s3cret" not in repr(found)


@pytest.mark.parametrize("kind", ["redis", "postgresql"])
def test_a_failure_names_where_the_url_is_from(kind: str) -> None:
    url = f"{kind}://u:s3cret@127.0.0.1:{free_port()}/0"
    key = {"redis": "redis_url", "postgresql": "sql_url"}[kind]
    for found in (addresses(target(**{key: url}), None, None), addresses(target(), *_options(key, url))):
        (address,) = found
        with pytest.raises(Failure, match=f"^{address.named}: no \\w+ answers there") as failure:
            address.connect()
        assert "s3cret" not in str(failure.value)


def _options(key: str, url: str) -> tuple[str | None, str | None]:
    return (url, None) if key == "redis_url" else (None, url)


def test_a_redis_and_a_postgresql_are_counted_together(
    redis_server: RedisProcess, postgres_server: PostgresProcess
) -> None:
    postgres_server.create_database("mixed")
    stores: list[CountingStore] = [
        CountingRedis(redis_server.url, "redis_url"),
        Postgres(postgres_server.url("mixed"), "sql_url"),
    ]
    try:
        counted = [store.begin() for store in stores]
        redis_server.ask("GETEX", "nothing")
        postgres_server.execute("SELECT 1", "SELECT 2", database="mixed")
        found = together([each() for each in counted])
        described = [store.describe() for store in stores]
        with pytest.raises(Failure, match="redis_url has no port to listen on: give the store's process ids"):
            observe_stores(HERE, named_as("listening"), stores)
        listening = observe_stores(HERE, named_as("listening"), stores[1:])
    finally:
        for store in stores:
            store.stop()
    assert found.store_commands == {"getex": 1, "select": 2}
    assert found.store_bytes_in is None
    assert found.store_usec is None
    assert [each.transport for each in described] == ["unix", "tcp"]
    assert described[0].server in ("Redis", "Valkey")
    assert isinstance(listening, Family), "its children are read with it"
    assert listening.pids() == [postgres_server.pid]


def test_processes_may_be_named() -> None:
    assert observe_stores(HERE, target(), []) is None
    named = observe_stores(HERE, named_as([os.getpid(), os.getppid()]), [])
    assert isinstance(named, Family)
    assert named.pids() == [os.getpid(), os.getppid()]
    with pytest.raises(Failure, match=r"processes\.store: there is no process"):
        observe_stores(HERE, named_as([2**22]), [])
