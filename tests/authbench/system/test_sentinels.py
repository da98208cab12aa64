"""Sentinels are asked for the primary, and whatever stands in the way is one line with what to do."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from authbench.system.sentinels import NoPrimaryError, Sentinels
from authbench.system.store_server import advice, told
from authbench.system.store_url import read_store_url
from tests.loadtests.drills.watched import Watched, watched_store

NOBODY = "127.0.0.1:1,"


@pytest.fixture(scope="module")
def watched() -> Iterator[Watched]:
    with TemporaryDirectory(prefix="watched-") as folder, watched_store(Path(folder)) as store:
        yield store


def primary(url: str, times: int = 1) -> list[tuple[str, int]]:
    async def ask() -> list[tuple[str, int]]:
        sentinels = Sentinels(read_store_url(url), 5.0)
        try:
            return [await sentinels.primary() for _ in range(times)]
        finally:
            await sentinels.close()

    return asyncio.run(ask())


def refusal(url: str) -> NoPrimaryError:
    with pytest.raises(NoPrimaryError) as refused:
        primary(url)
    assert "\n" not in str(refused.value)
    assert told(refused.value) == str(refused.value)
    assert advice(refused.value) == refused.value.what_to_do != ""
    return refused.value


def test_it_is_the_one_that_they_watch(watched: Watched) -> None:
    assert primary(watched.url, 2) == [("127.0.0.1", watched.store.port)] * 2


def test_one_that_is_away_is_passed_over(watched: Watched) -> None:
    assert primary(watched.url_with(before=NOBODY), 2) == [("127.0.0.1", watched.store.port)] * 2


def test_a_service_that_is_not_watched(watched: Watched) -> None:
    refused = refusal(watched.url_with("nothing"))
    assert str(refused) == (
        f"the sentinel at 127.0.0.1:{watched.sentinel.port} does not watch 'nothing', but 'drill'"
    )
    assert refused.what_to_do.startswith("name one that it watches")


def test_a_password_that_sentinels_do_not_know(watched: Watched) -> None:
    refused = refusal(watched.url_with(password="wr0ng"))
    assert "WRONGPASS" in str(refused)
    assert "sentinel_password" in refused.what_to_do
    assert "wr0ng" not in str(refused)


def test_nobody_answers() -> None:
    refused = refusal("redis+sentinel://127.0.0.1:1,127.0.0.1:2/service")
    assert str(refused).count("no sentinel answers at 127.0.0.1") == 2
    assert "correct their addresses" in refused.what_to_do


def test_what_is_no_sentinel(watched: Watched) -> None:
    url = f"redis+sentinel://127.0.0.1:{watched.store.port}/drill?sentinel_password={watched.store.password}"
    refused = refusal(url)
    assert str(refused) == f"127.0.0.1:{watched.store.port} is no sentinel"
    assert "redis:// for a server" in refused.what_to_do
