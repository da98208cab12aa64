"""A sentinel that watches a store of a drill promotes its replica, by itself."""

from pathlib import Path

from tests.loadtests.drills.watched import watched_store


def test_a_replica_is_promoted_and_clients_of_the_url_reach_it(tmp_path: Path) -> None:
    with watched_store(tmp_path) as watched:
        store, replica, sentinel = watched.store, watched.replica, watched.sentinel
        assert sentinel.primary_port == store.port
        assert store.ping_ms(watched.url) is not None
        store.client.set("heard", "1")
        store.client.wait(1, 10_000)
        watched.link.hold(True)
        store.client.set("unheard", "1")
        store.kill()
        assert store.ping_ms(watched.url) is None
        sentinel.wait_until_promoted(store.port)
        assert (sentinel.primary_port, replica.role) == (replica.port, "master")
        assert store.ping_ms(watched.url) is not None
        assert (replica.client.get("heard"), replica.client.get("unheard")) == (b"1", None)
