"""What a calibration measures besides its run: `results/raw/<run-id>/calibration.json`, written once.

The file holds what the load generator did against a server that does nothing. All conclusions are derived
from it and from the run by `analysis.calibration`.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from authbench.contracts.failure import ExitCode, Failure, first_error
from authbench.contracts.records import Record
from authbench.contracts.run_directory import replace_file

READINGS = "calibration.json"


class OpenRound(Record):
    """An open loop against the null server: no latency measured on this machine can be below it."""

    rate_rps: float
    duration_s: float
    service_ns: list[int] = Field(description="done - sent of each request")
    lateness_ns: list[int] = Field(description="sent - due of each request")


class ClosedRound(Record):
    """A closed loop against the null server: as many requests as the generator can send."""

    connections: int
    duration_s: float
    completed: int
    generator_cpu_ns: int


class NullReadings(Record):
    """What the load generator measured without a server under test."""

    schema_version: Literal[1] = 1
    open_rounds: list[OpenRound]
    closed_rounds: list[ClosedRound]


def write_readings(run: Path, readings: NullReadings) -> None:
    """Write the readings into a run's directory, in one step."""
    replace_file(run / READINGS, readings.model_dump_json() + "\n")


def read_readings(run: Path) -> NullReadings:
    """Read the readings of a run. Failure if it has none, or they are damaged."""
    path = run / READINGS
    try:
        return NullReadings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise Failure(
            f"{run.name} has no {READINGS}: the run is no calibration, or was interrupted: "
            "run authbench calibrate",
            ExitCode.INVALID,
        ) from None
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        place, _ = first_error(error, "file")
        raise Failure(f"{path}: damaged at {place}: run authbench calibrate again") from None
