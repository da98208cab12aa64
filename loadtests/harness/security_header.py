"""The header of a security command's report: the same facts that a run's manifest has."""

import platform
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from authbench.contracts.security.report import Kind, SecurityHeader, new_run_id
from loadtests.harness.telemetry.machine import describe_machine
from loadtests.harness.telemetry.source import source_state

LIBRARIES = (
    "PyJWT",
    "cryptography",
    "fastapi",
    "starlette",
    "uvicorn",
    "redis",
    "sqlalchemy",
    "pydantic",
    "argon2-cffi",
)
"""That authenticate, or serve what does."""


def begin_header(
    kind: Kind, command: str, seed: int | None = None, libraries: Iterable[str] = LIBRARIES
) -> SecurityHeader:
    """The header of a report that begins now. Without a seed one is drawn. Give it to `end_header`."""
    source, now = source_state(), _utc_now()
    return SecurityHeader(
        run_id=new_run_id(kind),
        kind=kind,
        command=command,
        started_at=now,
        finished_at=now,
        seed=secrets.randbits(32) if seed is None else seed,
        authbench_version=version("authbench"),
        git_commit=source.commit,
        git_dirty=source.dirty,
        python=platform.python_version(),
        libraries=_versions(libraries),
        store=None,
        browser=None,
        machine=describe_machine(),
    )


def end_header(header: SecurityHeader, store: str | None, browser: str | None = None) -> SecurityHeader:
    """The header of a report that ends now: with the store and the browser that took part."""
    return header.model_copy(update={"finished_at": _utc_now(), "store": store, "browser": browser})


def _versions(libraries: Iterable[str]) -> dict[str, str]:
    found = {}
    for name in libraries:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _utc_now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
