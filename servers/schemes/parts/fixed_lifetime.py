"""What is counted where Redis keeps a credential of fixed lifetime: no read prolongs it, so it is one GET."""

from authbench.contracts.card import Operation

_CREATE = {"evalsha": 1, "get": 1, "zremrangebyscore": 1, "zadd": 1, "zrange": 1, "expireat": 1, "set": 1}
_READ = {"get": 1}
REDIS_COMMANDS: dict[Operation, dict[str, int]] = {
    Operation.PUBLIC: {},
    Operation.READ: _READ,
    # Besides creating it: the mark, SET and GETEX.
    Operation.LOGIN: {**_CREATE, "set": 2, "getex": 1},
    Operation.LOGOUT: {"evalsha": 1, "getdel": 1, "zrem": 1},
    Operation.LIST_ORDERS: _READ,
    Operation.ADD_ORDER: _READ,
    Operation.ADMIN_REPORT: _READ,
    Operation.LOGOUT_EVERYWHERE: {**_READ, "evalsha": 1, "zrange": 1, "del": 1},
}
"""Sessions and opaque tokens alike. A login that presents no old session."""
HASHED: dict[Operation, dict[str, int]] = {
    operation: {} if operation is Operation.PUBLIC else {"SHA-256": 1} for operation in REDIS_COMMANDS
}
"""One hash of what was presented or issued: the key of the store."""


def repeated(commands: dict[Operation, dict[str, int]]) -> dict[Operation, dict[str, int]]:
    """Commands of what is asked again when this process still knows the credential: all but the GET.

    Only operations that differ. A logout never asks whose credential it ends, and a login presents none.
    """
    return {
        operation: {name: count for name, count in each.items() if name != "get"}
        for operation, each in commands.items()
        if "get" in each and operation is not Operation.LOGIN
    }
