"""Reports of commands that are no run: what each begins with, and where and how they are written and read.

results/security/<run_id>/attack.json           authbench attack
                          revocation.json       authbench revoke
                          drill.json            authbench drill
                          judges.json           make judges
results/store-size/<run_id>/store-size.json     authbench size-store
"""

import contextlib
import os
import secrets
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, ValidationError

from authbench.contracts.failure import ExitCode, Failure, first_error
from authbench.contracts.records import Machine, Record
from authbench.contracts.run_directory import plain_or_packed, read_text

SECURITY_SCHEMA_VERSION = 1
FOLDER = "security"
"""The name of the folder, below that of the results."""


class Kind(StrEnum):
    """Which command wrote a report; the stem of its file."""

    ATTACK = "attack"
    REVOCATION = "revocation"
    DRILL = "drill"
    JUDGES = "judges"
    STORE_SIZE = "store-size"

    @property
    def folder(self) -> str:
        """Where such reports lie, below the results folder."""
        return "store-size" if self is Kind.STORE_SIZE else FOLDER


class SecurityHeader(Record):
    """What every such report begins with: when, where, with what it was made."""

    schema_version: int = SECURITY_SCHEMA_VERSION
    run_id: str = Field(description="such as 20261126T150000Z-attack-1a2b3c")
    kind: Kind
    command: str = Field(description="what to type to do it again")
    started_at: str = Field(description="UTC, ISO 8601")
    finished_at: str = Field(description="UTC, ISO 8601")
    seed: int = Field(description="of what was drawn; reports of the same seed do the same in the same order")
    authbench_version: str
    git_commit: str | None
    git_dirty: bool | None
    python: str
    libraries: dict[str, str] = Field(description="name -> version, of everything that takes part")
    store: str | None = Field(description="'Valkey 9.1.2, allocator libc'; None: no store was used")
    browser: str | None = Field(description="'Chromium 156.0...'; None: no browser was used")
    machine: Machine


class SecurityReport(Record):
    """The base of all reports: `header` and whatever the command found."""

    header: SecurityHeader


_Report = TypeVar("_Report", bound=SecurityReport)


def new_run_id(kind: Kind) -> str:
    """A name that sorts by time, says what was done, and differs between two runs of the same second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{kind}-{secrets.token_hex(3)}"


def report_path(results: Path, header: SecurityHeader) -> Path:
    """Where the report of that header belongs."""
    return results / header.kind.folder / header.run_id / f"{header.kind}.json"


def write_security_report(results: Path, report: SecurityReport) -> Path:
    """Write the report; the path of its file. A reader sees all of it or nothing.

    Mode 0600 in folders of mode 0700: evidence quotes requests, and their credentials are only shortened.
    Failure with INVALID where it cannot be written.
    """
    path = report_path(results, report.header)
    try:
        path.parent.parent.mkdir(parents=True, exist_ok=True)
        path.parent.mkdir(mode=0o700, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        part.unlink(missing_ok=True)
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(report.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(descriptor)
        part.replace(path)
    except OSError as error:
        raise Failure(
            f"{path}: cannot be written: {error.strerror}; choose another place with --results",
            ExitCode.INVALID,
        ) from None
    return path


def read_security_report(path: Path, model: type[_Report]) -> _Report:
    """Read one report. Failure in one line if it is not there, damaged, newer, or of another command."""
    text = read_text(path)
    with contextlib.suppress(ValidationError):
        version = _Versioned.model_validate_json(text).header.schema_version
        if version > SECURITY_SCHEMA_VERSION:
            raise Failure(
                f"{path}: written with schema {version}, this authbench reads up to "
                f"{SECURITY_SCHEMA_VERSION}: update authbench"
            )
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        raise Failure(f"{path}: damaged at {': '.join(first_error(error, 'file'))}") from None


class _HeaderVersion(BaseModel):
    schema_version: int


class _Versioned(BaseModel):
    header: _HeaderVersion


def security_reports(results: Path, kind: Kind) -> list[Path]:
    """Every report of that kind below the results folder, plain or packed, the oldest first."""
    folders = sorted((results / kind.folder).glob("[!.]*"))
    paths = (plain_or_packed(folder / f"{kind}.json") for folder in folders)
    return [path for path in paths if path.is_file()]
