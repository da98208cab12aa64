"""Tasks that go on beside the requests of a server, and how they end with it."""

import asyncio

_AGAIN_S = 0.1


async def end_task(task: "asyncio.Task[None] | None") -> None:
    """Cancel the task, and again until it has ended. None is a task that was never started.

    One cancellation can be lost: where a library closes a broken connection on the way out, its own error
    takes the place of the CancelledError, and a task that goes on after such errors goes on.
    """
    while task is not None and not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=_AGAIN_S)
