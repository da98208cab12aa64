"""What a calibration leaves behind beside its run: `results/raw/<run-id>/calibration.json`, written once.

It holds what the generator did against a server that does nothing. Everything else a calibration says comes
from the run itself. What is concluded is derived: `analysis.calibration`.
"""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from authbench.contracts.failure import ExitCode, Failure, first_error
from authbench.contracts.records import Record
from authbench.contracts.run_directory import replace_file

READINGS = "calibration.json"
READINGS_VERSION: Literal[1] = 1
# History of the schema.
# 1  2026-11  first version


class OpenRound(Record):
    """An open loop against the null server: the floor of every latency this machine can show."""

    rate_rps: float
    duration_s: float
    service_ns: list[int] = Field(description="done - sent of each request")
    lateness_ns: list[int] = Field(description="sent - due of each request")


class ClosedRound(Record):
    """A closed loop against the null server: as many requests as the generator can make."""

    connections: int
    duration_s: float
    completed: int
    generator_cpu_ns: int


class NullReadings(Record):
    """The generator by itself."""

    schema_version: Literal[1] = READINGS_VERSION
    open_rounds: list[OpenRound]
    closed_rounds: list[ClosedRound]


def write_readings(run: Path, readings: NullReadings) -> None:
    """Write them into a run's directory, in one step."""
    replace_file(run / READINGS, readings.model_dump_json() + "\n")


def read_readings(run: Path) -> NullReadings:
    """Read them. Failure if the run has none, or they are damaged."""
    path = run / READINGS
    try:
        return NullReadings.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        raise Failure(
            f"{run.name} has no {READINGS}: it is no calibration, or one that was cut short: "
            "run authbench calibrate",
            ExitCode.INVALID,
        ) from None
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except ValidationError as error:
        place, _ = first_error(error, "file")
        raise Failure(f"{path}: damaged at {place}: run authbench calibrate again") from None
