"""The folder of one `authbench saturate`: trials as they are measured, the report when all of them are."""

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from authbench.contracts.failure import Failure, first_error
from authbench.contracts.message import parse_json
from authbench.contracts.run_directory import make_folder, replace_file, require_usable
from authbench.contracts.saturation.report import SATURATION_SCHEMA_VERSION, SaturationReport
from authbench.contracts.saturation.trial import Trial

FOLDER = "saturation"
"""The name of the folder, below that of the results."""
REPORT = "saturation.json"
TRIALS = "trials.jsonl"


def new_run_id() -> str:
    """A name that sorts by time and differs between two runs of the same second."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-saturate-{secrets.token_hex(3)}"


class TrialWriter:
    """Appends trials. Use it as a context."""

    def __init__(self, results: Path, run_id: str) -> None:
        require_usable(results)
        self.folder = make_folder(results / FOLDER / run_id)
        self._file: IO[str] | None = None

    def __enter__(self) -> "TrialWriter":
        self._file = (self.folder / TRIALS).open("x", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def append(self, trial: Trial) -> None:
        """Add one line; it is with the operating system when this returns. Failure where it cannot be."""
        assert self._file is not None  # noqa: S101 - it is used as a context
        try:
            self._file.write(trial.model_dump_json() + "\n")
            self._file.flush()
        except OSError as error:
            raise Failure(
                f"{self.folder / TRIALS}: cannot write: {error.strerror}; choose another place with --results"
            ) from None


def write_report(folder: Path, report: SaturationReport) -> Path:
    """Write the report, which makes the run whole; its path. A reader sees all of it or nothing."""
    path = folder / REPORT
    replace_file(path, report.model_dump_json(indent=1) + "\n")
    return path


def read_report(path: Path) -> SaturationReport:
    """Read a report by its path or its folder's. Failure in one line where it is not whole."""
    if not path.exists():
        raise Failure(f"{path}: no such search: name a folder of results/{FOLDER}, or its {REPORT}")
    path = path / REPORT if path.is_dir() else path
    try:
        data = parse_json(path.read_text("utf-8"))
    except FileNotFoundError:
        raise Failure(
            f"{path}: not there: the run was interrupted, so it is not whole; run it again"
        ) from None
    except (OSError, ValueError) as error:
        raise Failure(f"{path}: cannot be read: {error}") from None
    version = data.get("schema_version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > SATURATION_SCHEMA_VERSION:
        raise Failure(
            f"{path}: written with schema {version}, this authbench reads up to {SATURATION_SCHEMA_VERSION}: "
            "update authbench"
        )
    try:
        return SaturationReport.model_validate(data)
    except ValidationError as error:
        raise Failure(f"{path}: damaged at {': '.join(first_error(error, 'file'))}") from None
