import redis

from loadtests.store_size.readings import fragmentation, index_keys, key_kinds, memory_bytes
from tests.servers.redis_process import RedisProcess


def test_kinds_and_indexes_are_told_by_the_names_of_keys(redis_server: RedisProcess) -> None:
    client = redis.Redis.from_url(redis_server.url)
    client.set("kinds:record", "x" * 100)
    for number in (999_999, 1_000_000, 1_000_001):
        client.zadd(f"kinds:sessions-of:user-{number}", {"member": 1})
    client.set("other:key", "x")
    kinds = key_kinds(client, "kinds:")
    assert [(one.kind, one.type, one.sampled) for one in kinds] == [
        ("", "string", 1),
        ("sessions-of", "zset", 3),
    ]
    assert kinds[0].usage_bytes > 100
    found = index_keys(client, "kinds:", 1_000_000, 1_000_001)
    assert found == [b"kinds:sessions-of:user-1000000"]


def test_memory_grows_by_what_is_stored(redis_server: RedisProcess) -> None:
    client = redis.Redis.from_url(redis_server.url)
    before = memory_bytes(client)
    client.setrange("grown", 49_999_999, "x")  # a value that were sent would be in a buffer as well
    # The store's own buffers come and go by tens of kilobytes; its allocator rounds up by a quarter at most.
    assert 49_000_000 <= memory_bytes(client) - before < 63_000_000
    client.delete("grown")
    ratio = fragmentation(client)
    assert ratio is not None
    assert ratio > 0
