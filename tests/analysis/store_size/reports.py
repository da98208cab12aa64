"""A report of `authbench size-store`, made by hand: sizes that a person can compute."""

from collections.abc import Sequence

from authbench.contracts.security.report import Kind
from authbench.contracts.store_size.report import (
    Added,
    Evicted,
    KeyKind,
    OperationCost,
    Series,
    SizedScheme,
    StoreSizeReport,
)
from tests.analysis.security.reports import header

COUNTS = [0, 100, 200, 400, 500, 1000]
STORE = "Valkey 9.1.2, allocator libc"


def series(added: Added, each: float, counts: Sequence[int] = tuple(COUNTS), *, off: int = 0) -> Series:
    """A store of 1000 bytes in which each entry takes so many; the last reading is off by `off`."""
    sizes = [1000 + int(each * count) for count in counts]
    sizes[-1] += off
    return Series(added=added, counts=list(counts), sizes_bytes=sizes, control=added is Added.LOGIN)


def sized(
    scheme: str = "session-redis", payload_bytes: int = 0, *more: Series, login: float = 1300, **given: object
) -> SizedScheme:
    """A login of 1300 bytes, 900 of them its index; another login takes 500, so its index entry takes 100."""
    values = {
        "scheme": scheme,
        "payload_bytes": payload_bytes,
        "payload_stored": True,
        "series": [
            series(Added.LOGIN, login),
            series(Added.INDEX, 900),
            series(Added.TWO_LOGINS, login + 500),
            series(Added.INDEX_OF_TWO, 1000),
            *more,
        ],
        "kinds": [
            KeyKind(kind="sessions-of", type="zset", encoding="skiplist", sampled=100, usage_bytes=900)
        ],
        "costs": [
            OperationCost(
                operation="read",
                requests=100,
                failed=0,
                calls={"getex": 100},
                usec={"getex": 200},
                cpu_ns=4_000_000,
            )
        ],
        "fragmentation": 1.2,
        "fill_s": 1.0,
    }
    return SizedScheme.model_validate({**values, **given})


def denying() -> SizedScheme:
    """Families of 400 bytes, whatever the token says, and 100 bytes for one that was ended."""
    return sized(
        "jwt-denylist", 0, series(Added.ENDED, 100, COUNTS[:5]), login=400, payload_stored=False, kinds=[]
    )


def evicted(policy: str = "allkeys-lru", **given: object) -> Evicted:
    values = {
        "scheme": "session-redis",
        "policy": policy,
        "limit_bytes": 1000,
        "used_bytes": 1000,
        "evicted_keys": 390,
        "presented": 400,
        "logged_out": 200,
        "unanswered": 0,
        "logins": 10,
        "refused_logins": 0,
    }
    return Evicted.model_validate({**values, **given})


def report(*schemes: SizedScheme, number: int = 1, store: str | None = STORE) -> StoreSizeReport:
    made = header(Kind.STORE_SIZE, number).model_copy(update={"store": store})
    full = [evicted(), evicted("noeviction", evicted_keys=0, logged_out=0, refused_logins=10)]
    return StoreSizeReport(
        header=made,
        logins=COUNTS[-1],
        schemes=list(schemes) or [sized(), denying()],
        evictions=full,
        left_out=["none: it keeps nothing in Redis"],
    )
