"""Where a machine's calibration is kept, and how it is read."""

from pathlib import Path

from pydantic import ValidationError

from analysis.records.calibration import CalibrationSummary
from authbench.contracts.failure import Failure
from authbench.contracts.run_directory import make_folder, replace_file


def calibration_path(results: Path, host: str) -> Path:
    """The file of the calibration of a machine; `host` is the hash in a manifest."""
    return results / "calibration" / f"{host}.json"


def store_calibration(results: Path, calibration: CalibrationSummary) -> Path:
    """Replace the machine's calibration in one step. Failure if it cannot be written."""
    path = calibration_path(results, calibration.host)
    make_folder(path.parent)
    replace_file(path, calibration.model_dump_json(indent=1) + "\n")
    return path


def read_calibration(results: Path, host: str) -> CalibrationSummary | None:
    """The machine's calibration; None if it was never calibrated. Failure if the file is damaged."""
    path = calibration_path(results, host)
    try:
        return CalibrationSummary.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors()[0]["loc"]) or "file"
        raise Failure(
            f"{path}: damaged at {where}, or of another version: delete it and run make calibrate"
        ) from None
