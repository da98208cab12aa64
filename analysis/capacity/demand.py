"""Describe what a team expects to need: a TOML file with units in its keys.

Unknown keys are errors, and so is a value that is plausible only in another unit.
"""

import math
from datetime import date
from typing import Any

from pydantic import Field, model_validator

from analysis.summary.so_what import NODE_BUSY, NODE_CORES, Site
from analysis.validity.decimals import fill
from authbench.contracts.toml_file import Table

_DAY_S, _YEAR_S = 86_400, 31_536_000
_DEAREST = 1e9
"""No price is higher, in any currency: beyond it a month's cost is no number."""
PLAUSIBLE: dict[str, tuple[float, float, str]] = {
    "growth": (1, 20, "a factor: 1.5 for 50 % more"),
    "target_utilisation": (0.05, 0.95, "a share: 0.6 for 60 %"),
    "store_utilisation": (0.05, 0.95, "a share: 0.6 for 60 %"),
    "mean_share_of_peak": (0.001, 1, "a share: 0.4 for 40 %"),
    "store_fragmentation": (0, 3, "a share: 0.3 for 30 %"),
    "store_reserve_share": (0, 0.9, "a share: 0.25 for 25 %"),
    "request_gap_s": (0.001, _DAY_S, "seconds between two requests of one active user"),
    "session_lifetime_s": (1, _YEAR_S, "seconds: 43200 for twelve hours"),
    "token_lifetime_s": (1, 31 * _DAY_S, "seconds: 900 for fifteen minutes"),
    "revoke_within_s": (0, _YEAR_S, "seconds: 60 for a minute"),
    "relogin_within_s": (1, 7 * _DAY_S, "seconds: 600 for ten minutes"),
    "store_outage_s": (0.1, 7 * _DAY_S, "seconds: 30 for half a minute"),
    "store_rtt_ms": (0.001, 1000, "milliseconds: 0.5 for 500 us"),
    "p99_objective_ms": (1, 60_000, "milliseconds: 50, not 0.05"),
    "password_hash_ms": (0.01, 10_000, "milliseconds of CPU: 30, not 0.03"),
    "store_node_memory_gib": (0.01, 100_000, "GiB of one store node"),
}
"""Least and greatest plausible value, and the unit with an example."""
IMPLAUSIBLE = "{key} = {value:.9g}: the unit may be another one: give {unit}"
TOO_MANY_ACTIVE = (
    "peak_rps x request_gap_s = {active:,.0f} users who are active at once, and users x sessions_per_user = "
    "{users:,.0f} are logged in: is the gap in seconds?"
)
"""Refusals that the page of a run repeats (analysis/report/scripts/plan.js)."""
_RATES = ("per_s", "per_min", "per_hour", "per_day", "rps", "rpm")
_TIMES = ("us", "ms", "s", "min", "minutes", "seconds", "h", "hours", "days")
_SIZES = ("bytes", "kib", "mib", "gib", "kb", "mb", "gb", "percent", "share")
_UNITS = (*_RATES, *_TIMES, *_SIZES)
"""Endings of keys that are units; one that ends with another stands before it."""


class Prices(Table):
    """What things cost the reader, in one currency. None is built in: prices are of a place and a day."""

    currency: str = Field(min_length=1)
    date: date
    source: str = Field(min_length=1, description="who says so: a price list's address, or a contract")
    per_core_hour: float = Field(gt=0, le=_DEAREST, description="one application core for an hour")
    per_store_node_hour: float = Field(
        ge=0, le=_DEAREST, description="one store node for an hour, shard or replica"
    )
    per_gib_transferred: float = Field(
        default=0, ge=0, le=_DEAREST, description="one GiB of requests and replies"
    )


class Demand(Table):
    """The demand and the team's own limits. See docs/demand.example.toml and docs/reading-demand.md."""

    peak_rps: float = Field(
        gt=0, le=1e8, description="authenticated user requests per second at today's peak"
    )
    growth: float = Field(default=1, ge=1, description="by what factor everything will have grown")
    mean_share_of_peak: float = Field(default=1, gt=0, le=1, description="a month's mean rate by its peak")
    request_gap_s: float | None = Field(
        default=None, gt=0, description="mean time between two requests of a user who is active"
    )

    users: int | None = Field(
        default=None, gt=0, le=10**11, description="users with a live login at the peak"
    )
    sessions_per_user: float = Field(default=1, gt=0, le=1000, description="live logins of one user: devices")
    logins_per_s: float | None = Field(
        default=None, ge=0, le=1e8, description="logins per second at the peak"
    )
    refreshes_per_s: float | None = Field(
        default=None,
        ge=0,
        le=1e8,
        description="token refreshes per second at the peak, if there are any today",
    )
    session_lifetime_s: float | None = Field(default=None, gt=0, description="how long a login lives")
    token_lifetime_s: float | None = Field(default=None, gt=0, description="how long an access token lives")
    payload_bytes: int | None = Field(
        default=None, ge=0, le=1 << 20, description="application data in each session or token"
    )
    password_hash_ms: float | None = Field(
        default=None, gt=0, description="CPU time of hashing one password, with your parameters"
    )

    revoke_within_s: float | None = Field(
        default=None, ge=0, description="longest time a revoked credential may still be accepted"
    )
    p99_objective_ms: float | None = Field(
        default=None, gt=0, description="longest p99 of an authenticated request, at the server"
    )
    relogin_within_s: float | None = Field(
        default=None, gt=0, description="time within which all users log in again after the store lost them"
    )
    store_outage_s: float | None = Field(
        default=None, gt=0, description="longest outage of the store that is to be planned for"
    )
    revocations_per_s: float | None = Field(
        default=None, ge=0, le=1e8, description="logouts and other revocations per second at the peak"
    )

    target_utilisation: float = Field(
        default=NODE_BUSY, ge=0.5, le=0.7, description="share of a core that may be busy at the peak"
    )
    cores_per_node: int = Field(default=NODE_CORES, ge=1, le=1024, description="application cores of a node")
    spare_nodes: int = Field(default=1, ge=0, le=100, description="nodes that may be gone at the peak")
    zones: int = Field(
        default=1, ge=1, le=20, description="zones of which one may be gone; 1: there are none"
    )

    store_rtt_ms: float | None = Field(
        default=None, gt=0, description="round trip from application to store, median"
    )
    store_utilisation: float = Field(
        default=0.6, ge=0.1, le=0.7, description="share of a shard's main thread that may be busy at the peak"
    )
    store_replicas: int = Field(default=1, ge=0, le=10, description="copies of each shard beside itself")
    store_node_memory_gib: float = Field(default=8, gt=0, description="memory of a store node")
    store_fragmentation: float = Field(
        default=0.3, ge=0, le=3, description="memory the store's allocator takes on top, as a share"
    )
    store_reserve_share: float = Field(
        default=0.25, ge=0, lt=1, description="share of the store's memory kept free, for forking and buffers"
    )

    prices: Prices | None = Field(default=None, description="left out: nothing is said of costs")

    @model_validator(mode="before")
    @classmethod
    def _refuse_other_units(cls, data: Any) -> Any:
        """A key with another unit, or a value that is plausible only in another one."""
        for key, value in data.items() if isinstance(data, dict) else ():
            asked = _same_in_another_unit(key, cls.model_fields)
            if asked:
                raise ValueError(
                    f"{key}: this is asked for as {asked}: convert the value, and rename the key"
                )
            low, high, unit = PLAUSIBLE.get(key, (None, None, ""))
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if (
                number
                and math.isfinite(value)
                and low is not None
                and high is not None
                and not low <= value <= high
            ):
                raise ValueError(IMPLAUSIBLE.format(key=key, value=value, unit=unit))
        return data

    @model_validator(mode="after")
    def _agree(self) -> "Demand":
        token_s, session_s = self.token_lifetime_s, self.session_lifetime_s
        if token_s is not None and session_s is not None and token_s > session_s:
            raise ValueError(
                f"token_lifetime_s = {token_s:.9g} is longer than session_lifetime_s = {session_s:.9g}: a "
                "token is renewed within a login; are both in seconds?"
            )
        if self.request_gap_s is not None and self.users is not None:
            active, all_of_them = self.peak_rps * self.request_gap_s, self.users * self.sessions_per_user
            if active > all_of_them:
                raise ValueError(fill(TOO_MANY_ACTIVE, active=active, users=all_of_them))
        return self

    @property
    def planned_rps(self) -> float:
        """The peak to plan for."""
        return self.peak_rps * self.growth

    @property
    def site(self) -> Site:
        """The planned peak and the nodes that are to carry it."""
        grown = f"{self.peak_rps:.9g} x {self.growth:g}" if self.growth > 1 else "as asked"
        return Site(self.planned_rps, grown, self.cores_per_node, self.target_utilisation, self.spare_nodes)


def demand_at(peak_rps: float) -> Demand:
    """A demand of so many requests/s without growth; what is not known is left out."""
    return Demand(peak_rps=peak_rps)


def _same_in_another_unit(key: str, known: Any) -> str:
    """The known key that has the same stem and another unit; empty: there is none."""
    stem = _stem(key)
    if key in known or stem == key:
        return ""
    return next((name for name in known if _stem(name) == stem and name != key), "")


def _stem(key: str) -> str:
    """Take the unit off the end of a key."""
    return next((key.removesuffix(f"_{unit}") for unit in _UNITS if key.endswith(f"_{unit}")), key)
