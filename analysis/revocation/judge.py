"""Put measured windows beside declared ones: does each scheme keep its card, and were the controls found?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from analysis.revocation.pool import evidence, lives, pool
from authbench.contracts.security.revocation import (
    ConditionRow,
    ControlRow,
    Lifetime,
    RevocationRow,
    RowVerdict,
    Scaling,
    Windows,
)
from authbench.contracts.security.timeline import Revocation, RevokedCredential

WHOLE_SECOND_S = 1.0
"""Claims say when a token expires in whole seconds: two lives may differ by that more or less."""


@dataclass(frozen=True)
class Promise:
    """What a card says of one kind of revocation."""

    declared_s: float
    """The window that the card declares under the settings that are measured, in seconds."""
    usually_s: float
    """The window that the card declares under default settings, in seconds."""
    revives: bool


@dataclass(frozen=True)
class Measured:
    """Revocations of one scheme under one condition, of all kinds."""

    workers: int
    store_rtt_ms: float
    revoked: Sequence[RevokedCredential]
    failed: Sequence[str] = ()
    """In words, each beginning with its kind."""


def judge_scheme(
    scheme: str, promises: Mapping[Revocation, Promise], measured: Sequence[Measured]
) -> list[RevocationRow]:
    """One row for each kind that was to be measured, in the order of `promises`."""
    rows = []
    for kind, promise in promises.items():
        conditions = [
            ConditionRow(
                workers=one.workers,
                store_rtt_ms=one.store_rtt_ms,
                windows=pool(own),
                seen=[evidence(each) for each in own],
            )
            for one in measured
            if (own := _of(kind, one.revoked))
        ]
        windows = pool(_of(kind, (each for one in measured for each in one.revoked)))
        rows.append(
            RevocationRow(
                scheme=scheme,
                kind=kind,
                declared_s=promise.declared_s,
                declared_usually_s=promise.usually_s,
                declares_revival=promise.revives,
                verdict=verdict(windows, promise),
                windows=windows,
                conditions=conditions,
                failed=[text for one in measured for text in one.failed if text.startswith(f"{kind}:")],
            )
        )
    return rows


def verdict(windows: Windows, promise: Promise) -> RowVerdict:
    """What the windows say of the promise.

    Only a lower bound speaks against a scheme: a request that was sent too late, and accepted. It is strict,
    since a send is timed before, and the return of the call after, it happens.
    """
    if windows.longest_at_least_s > promise.declared_s:
        return "longer than declared"
    if windows.came_back and not promise.revives:
        return "came back"
    return "as declared" if windows.revocations > windows.unknown else "nothing shown"


def judge_control(
    scheme: str, kind: Revocation, must: str, declared_s: float, revoked: Iterable[RevokedCredential]
) -> ControlRow:
    """Whether the probes found what they must find in a server that is broken on purpose."""
    windows = pool(_of(kind, revoked))
    red = windows.came_back > 0 if must == "came back" else windows.longest_at_least_s > declared_s
    return ControlRow.model_validate(
        {"scheme": scheme, "kind": kind, "must": must, "red": red, "windows": windows}
    )


def judge_scaling(
    scheme: str, measured: Sequence[tuple[Mapping[str, float], float, Sequence[RevokedCredential]]]
) -> Scaling:
    """Whether a logged-out credential lives as long as its lifetime, at two lifetimes.

    `measured`: settings, the declared lifetime in seconds, and what was revoked; the shorter lifetime first.
    """
    lifetimes = [
        Lifetime(
            settings=dict(settings),
            declared_s=declared_s,
            life=lives(_of(Revocation.LOGOUT, revoked)),
            revocations=len(_of(Revocation.LOGOUT, revoked)),
        )
        for settings, declared_s, revoked in measured
    ]
    return Scaling(scheme=scheme, lifetimes=lifetimes, holds=_scales(lifetimes))


def _scales(lifetimes: Sequence[Lifetime]) -> bool:
    """Each life ends within the last second of its lifetime, as far as probes can tell."""
    return all(
        one.life is not None
        and one.life.at_most_s is not None
        and one.life.at_least_s <= one.declared_s
        and one.life.at_most_s >= one.declared_s - WHOLE_SECOND_S
        for one in lifetimes
    )


def _of(kind: Revocation, revoked: Iterable[RevokedCredential]) -> list[RevokedCredential]:
    return [each for each in revoked if each.kind is kind]
