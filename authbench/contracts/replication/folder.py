"""The folder of one `authbench replicate`: its report, written when everything is measured and judged."""

import secrets
from datetime import UTC, datetime
from pathlib import Path

from pydantic import ValidationError

from authbench.contracts.failure import Failure, first_error
from authbench.contracts.message import parse_json
from authbench.contracts.replication.report import REPLICATION_SCHEMA_VERSION, ReplicationReport
from authbench.contracts.run_directory import make_folder, replace_file, require_usable

FOLDER = "replication"
"""The folder of replications, below that of the results."""
REPORT = "replication.json"


def new_run_id() -> str:
    """A name that sorts by time and differs between two runs of the same second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-replicate-{secrets.token_hex(3)}"


def write_replication(results: Path, report: ReplicationReport) -> Path:
    """Write the report in one step; its path."""
    require_usable(results)
    path = make_folder(results / FOLDER / report.run_id) / REPORT
    replace_file(path, report.model_dump_json(indent=1) + "\n")
    return path


def replications(results: Path) -> list[ReplicationReport]:
    """The reports below the results folder, the newest last. Failure for a damaged one."""
    return [read_replication(path) for path in sorted((results / FOLDER).glob(f"*/{REPORT}"))]


def read_replication(path: Path) -> ReplicationReport:
    """Read a report by its path or its folder's. Failure in one line where it cannot be."""
    path = path / REPORT if path.is_dir() else path
    try:
        data = parse_json(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise Failure(f"{path}: cannot be read: {error}; name a folder of results/{FOLDER}") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > REPLICATION_SCHEMA_VERSION:
        raise Failure(
            f"{path}: written with schema {version}, this authbench reads up to "
            f"{REPLICATION_SCHEMA_VERSION}: update authbench"
        )
    try:
        return ReplicationReport.model_validate(data)
    except ValidationError as error:
        raise Failure(f"{path}: damaged at {': '.join(first_error(error, 'file'))}") from None
