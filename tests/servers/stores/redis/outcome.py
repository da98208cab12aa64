"""What comes of a read: its value, or that the store is not available."""

from collections.abc import Awaitable

from servers.contract.errors import StoreUnavailable


async def outcome(work: Awaitable[bytes | None]) -> bytes | type[StoreUnavailable] | None:
    try:
        return await work
    except StoreUnavailable:
        return StoreUnavailable
