"""What Redis counts for sessions that are read in another way than by `session-redis`."""

from collections.abc import Mapping

from authbench.contracts.card import Operation
from servers.schemes.parts.cookie_sessions import REDIS_COMMANDS

_READS = (Operation.READ, Operation.LIST_ORDERS, Operation.ADD_ORDER, Operation.ADMIN_REPORT)


def reading_by(
    read: Mapping[str, int], last_read: Mapping[str, int] | None = None
) -> dict[Operation, dict[str, int]]:
    """The commands of `session-redis` with `read` in place of its GETEX.

    `last_read` is a read whose request ends the session, where that is less.
    """
    last = dict(read if last_read is None else last_read)
    return {
        **REDIS_COMMANDS,
        **{operation: dict(read) for operation in _READS},
        Operation.LOGOUT_EVERYWHERE: {**last, "evalsha": 1, "zrange": 1, "del": 1},
    }


def reads_repeated_by(read: Mapping[str, int]) -> dict[Operation, dict[str, int]]:
    """Of operations repeated with a session that needs less than at first: `read` each."""
    commands = reading_by(read)
    return {operation: commands[operation] for operation in (*_READS, Operation.LOGOUT_EVERYWHERE)}
