"""A valid miniature run of a service that is not part of authbench."""

from typing import Any

from authbench.contracts.experiment import Arm
from authbench.contracts.records import ForeignService, MeasuredVariant, RenewalReading, Store
from tests.analysis.build_run import MiniRun

SESSION, TOKEN = "session-redis", "jwt-hs256"
"""Variants with the names of arms whose figures `MiniRun` knows."""


def variant(**changes: Any) -> MeasuredVariant:
    values: dict[str, Any] = {
        "base_url": "http://127.0.0.1:8000",
        "login": "POST /login",
        "carrier": "Cookie",
        "requests": ["GET /account"],
        "refused_with": [401],
        "bodies": "same",
        "lifetime_s": 3600.0,
        "renewed_by": "login",
        "login_ms": 50.0,
        "login_cpu_us": 45_000.0,
        "processes": 1,
        "cpu_by": "process ids",
        "guarded": True,
    }
    return MeasuredVariant(**{**values, **changes})


def foreign_run(
    *,
    cpu: bool = True,
    counts: bool = True,
    statements: bool = False,
    token: dict[str, Any] | None = None,
    generations: int = 2,
) -> MiniRun:
    """`cpu`: processes are known; `counts`: a Redis is asked; `statements`: a PostgreSQL is asked; `token`:
    changes to the second variant.
    """
    mini = MiniRun(
        generations=generations,
        arms=[Arm(scheme=SESSION, role="control"), Arm(scheme=SESSION, role="twin"), Arm(scheme=TOKEN)],
        compare=[(TOKEN, SESSION)],
    )
    unknown = {} if cpu else {"processes": None, "cpu_by": "", "login_cpu_us": None}
    service = ForeignService(
        file="target.toml",
        users=1000,
        counts_commands=counts,
        counts_statements=statements,
        reads_store_cpu=False,
        variants={SESSION: variant(**unknown), TOKEN: variant(**{**unknown, **(token or {})})},
    )
    mini.manifest |= {
        "service": service,
        "cards": {},
        "servers": {},
        "verification": [],
        "store": mini.manifest["store"] if counts else None,
        "store_memory": {},
    }
    for arm in (SESSION, f"{SESSION} (twin)", TOKEN):
        changes: dict[str, Any] = {"server_requests": None, "store_cpu_ns": None}
        mini.change_every(arm, **changes, **({} if cpu else {"app_cpu_ns": None}))
        if not counts:
            mini.change_every(arm, store_commands={}, store_bytes_in=None, store_bytes_out=None)
    if statements:
        _ask_postgresql(mini)
    renewal = RenewalReading(by="refresh", sent=3, renewed=3, took_ns=[1_000_000, 2_000_000, 9_000_000])
    mini.change(TOKEN, renewal=renewal)
    return mini


def _ask_postgresql(mini: MiniRun) -> None:
    """Let each request of the session send one SELECT in a transaction."""
    postgres = Store(
        source="url",
        server="PostgreSQL",
        version="15.4",
        allocator="",
        transport="tcp",
        round_trip_us=70.0,
    )
    redis = mini.manifest["store"]
    mini.manifest |= {"store": redis or postgres, "further_stores": [postgres] if redis else []}
    mini.slices = [
        judged.model_copy(
            update={
                "measured": own.model_copy(
                    update={
                        "store_commands": {**own.store_commands, "select": own.served},
                        "harness_commands": {**own.harness_commands, "begin": own.served},
                        "store_bytes_in": None,
                        "store_bytes_out": None,
                    }
                )
            }
        )
        if (own := judged.measured).arm != TOKEN
        else judged
        for judged in mini.slices
    ]
