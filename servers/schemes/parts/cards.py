"""A card is the sum of what the parts of a scheme declare: so it says what the parts do, and nothing else."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any, Literal, TypeVar

from authbench.contracts.card import Operation, RefreshPolicy, StoreEmptied, StoreLoss
from servers.stores.sessions import Counts

ALWAYS = tuple(each for each in Operation if each not in {Operation.REFRESH, Operation.LOGOUT_EVERYWHERE})
"""What every scheme offers."""


@dataclass(frozen=True, kw_only=True)
class Declared:
    """What one part adds to the card, for one accepted operation each.

    `repeated` has only operations that ask the store something else when they are repeated with a credential
    this process has just dealt with.
    """

    commands: Mapping[Operation, Counts] = field(default_factory=dict)
    repeated: Mapping[Operation, Counts] = field(default_factory=dict)
    crypto: Mapping[Operation, Counts] = field(default_factory=dict)
    store: Literal["memory", "redis", "sql"] | None = None
    refused_after_logout: bool | None = None
    """Whether the process that is told of a logout refuses the credential. The last part to say so counts."""
    stale_s: float = 0
    """Seconds for which the part lets in what was ended or changed elsewhere. Those of all parts add up."""
    revocation_s: float = inf
    """Seconds after which the part refuses an ended credential, whatever other parts let in; the next two are
    for a changed role and a disabled account. The least of all parts counts."""
    role_change_s: float = inf
    disabled_s: float = inf
    revived_by_requests_in_flight: bool = False
    store_loss: StoreLoss | None = None
    """What a live credential gets while the store is out of reach. The last part to say so counts."""
    store_emptied: StoreEmptied | None = None
    """What becomes of credentials when the store has lost what it knew. The last part to say so counts."""
    refresh_policy: RefreshPolicy | None = None


NOTHING = Declared()
_Said = TypeVar("_Said")


def alike(operations: Iterable[Operation], counts: Counts) -> dict[Operation, Counts]:
    """The same for each of these operations."""
    return dict.fromkeys(operations, counts)


def summed(
    declared: Iterable[Declared], offered: Iterable[Operation], *, waits: bool = False
) -> dict[str, Any]:
    """Fields of a `Card` that has these operations, in this order.

    `waits`: whether replicas are waited for after each script.
    """
    parts, operations = list(declared), list(offered)
    asked_again = {operation for part in parts for operation in part.repeated}
    stale_s = sum(part.stale_s for part in parts)
    policy = next((part.refresh_policy for part in parts if part.refresh_policy), None)
    return {
        "store": next((part.store for part in parts if part.store), "none"),
        "store_commands": {
            each: _total((part.commands.get(each, {}) for part in parts), waits=waits) for each in operations
        },
        "repeated_commands": {
            each: _total(
                (part.repeated.get(each, part.commands.get(each, {})) for part in parts), waits=waits
            )
            for each in operations
            if each in asked_again
        },
        "crypto_operations": {
            each: _total(part.crypto.get(each, {}) for part in parts) for each in operations
        },
        "logout_ends_credential": _last(part.refused_after_logout for part in parts),
        "revocation_window_s": min(stale_s, *(part.revocation_s for part in parts)),
        "role_change_window_s": min(stale_s, *(part.role_change_s for part in parts)),
        "disabled_window_s": min(stale_s, *(part.disabled_s for part in parts)),
        "revived_by_requests_in_flight": any(part.revived_by_requests_in_flight for part in parts),
        "store_loss": _last(part.store_loss for part in parts),
        "store_emptied": _last(part.store_emptied for part in parts),
        "refreshes": policy is not None,
        "refresh_policy": policy,
    }


def _last(said: Iterable[_Said | None]) -> _Said | None:
    """What the last part says that says something."""
    return next((each for each in reversed(list(said)) if each is not None), None)


def _total(counts: Iterable[Counts], *, waits: bool = False) -> dict[str, int]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    if waits and total["evalsha"]:
        total["wait"] += total["evalsha"]
    return dict(total)
