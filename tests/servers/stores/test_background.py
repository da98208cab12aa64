"""A task that goes on beside the requests ends when it is told to, whatever it makes of a cancellation."""

import asyncio

import pytest

from servers.stores.background import end_task
from tests.servers.stores.session_stores import run


@pytest.mark.parametrize("lost", [0, 1, 3])
def test_it_ends_also_where_a_cancellation_is_lost(lost: int) -> None:
    async def stubborn() -> None:
        for _ in range(lost):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue
        await asyncio.sleep(60)

    async def inside() -> None:
        task = asyncio.create_task(stubborn())
        await asyncio.sleep(0)
        await end_task(task)
        assert task.cancelled()
        await end_task(task)
        await end_task(None)

    run(inside())
