"""Reading and writing a run's directory. Written as it goes: what is on disk is what was measured so far."""

import contextlib
import errno
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from authbench.exitcodes import ExitCode
from authbench.failure import Failure
from authbench.records import SAMPLE_COLUMNS, SCHEMA_VERSION, JudgedSlice, Manifest

MANIFEST = "manifest.json"
SLICES = "slices.jsonl"
SAMPLES = "samples"

_SAMPLES_SCHEMA = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in SAMPLE_COLUMNS.items()])


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """A full or failing disk becomes one line; the manifest keeps saying that the run is not whole."""
    try:
        yield
    except OSError as error:
        what = (
            "disk full" if error.errno in (errno.ENOSPC, errno.EDQUOT) else f"cannot write: {error.strerror}"
        )
        raise Failure(
            f"{what} at {path}: free space (or choose another place with --results) and run again; "
            "this run is marked as not whole",
            ExitCode.INVALID,
        ) from None


def replace_file(path: Path, content: str) -> None:
    """Write `content` so that a reader sees the old file or the new one, never a part of either."""
    with _writing(path):
        part = path.with_name(path.name + ".part")
        with part.open("w", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


class RunWriter:
    """The one writer of a run's directory. Close it, or use it as a context."""

    def __init__(self, raw: Path, manifest: Manifest, *, resume: bool = False) -> None:
        """Make the run's directory; with `resume` it must be there, and what it holds stays."""
        self.path = raw / manifest.run_id
        with _writing(self.path):
            if not resume:
                (self.path / SAMPLES).mkdir(parents=True)
            self._slices: IO[str] = (self.path / SLICES).open("a" if resume else "x", encoding="utf-8")
        self.write_manifest(manifest)

    def write_manifest(self, manifest: Manifest) -> None:
        """Replace the manifest in one step."""
        replace_file(self.path / MANIFEST, manifest.model_dump_json(indent=1) + "\n")

    def append_slice(self, judged: JudgedSlice) -> None:
        """Add one line; it is with the operating system when this returns."""
        with _writing(self.path / SLICES):
            self._slices.write(judged.model_dump_json() + "\n")
            self._slices.flush()

    def write_samples(
        self, generation: int, cycle: int, slices: list[tuple[str, int, Mapping[str, npt.NDArray[np.int64]]]]
    ) -> None:
        """Write a cycle's requests: (arm, position, columns but those two) for each valid slice.

        A Parquet file without its footer cannot be read, so a part of one is never taken for a whole.
        """
        batches = []
        for arm, position, columns in slices:
            rows = len(columns["due_ns"])
            arrays = [
                pa.array([arm] * rows, pa.string()),
                pa.array(np.full(rows, position), pa.int16()),
                *(
                    pa.array(columns[name]).cast(pa.type_for_alias(kind))
                    for name, kind in list(SAMPLE_COLUMNS.items())[2:]
                ),
            ]
            batches.append(pa.Table.from_arrays(arrays, schema=_SAMPLES_SCHEMA))
        path = self.path / SAMPLES / f"g{generation:03d}-c{cycle:03d}.parquet"
        with _writing(path):
            part = path.with_suffix(".part")
            pq.write_table(pa.concat_tables(batches), part, compression="zstd")
            part.replace(path)

    def close(self) -> None:
        """Close the slices file."""
        with contextlib.suppress(OSError):
            self._slices.close()


def resolve_run(results: Path, run: str) -> Path:
    """The raw directory meant by a run id, a path of one, or `latest` (also as a path). Failure if none."""
    for path in (Path(run), results / "raw" / run, results / run):
        if (path / MANIFEST).is_file():
            return path.resolve()
        if path.is_symlink() or path.name == "latest":
            raw = results / "raw" / path.resolve().name
            if (raw / MANIFEST).is_file():
                return raw.resolve()
    raise Failure(f"no run {run!r}: give a run id of {results / 'raw'}, the path of one, or 'latest'")


def _check_version(data: Any, path: Path) -> None:
    version = data.get("schema_version") if isinstance(data, dict) else None
    if not isinstance(version, int):
        raise Failure(f"{path}: no schema_version: this is not a run of authbench")
    if version > SCHEMA_VERSION:
        raise Failure(
            f"{path}: written with schema {version}, this authbench reads up to {SCHEMA_VERSION}: "
            "update authbench"
        )


def read_manifest(run: Path) -> Manifest:
    """Read a run's manifest. Failure in one line if it is newer, damaged or not there."""
    path = run / MANIFEST
    try:
        text = path.read_text("utf-8")
        data = json.loads(text)
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise Failure(f"{path}: damaged: {error}") from None
    _check_version(data, path)
    try:
        return Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        key = ".".join(str(part) for part in first["loc"])
        raise Failure(f"{path}: damaged at {key}: {first['msg']}") from None


def read_slices(run: Path) -> list[JudgedSlice]:
    """Read every recorded slice, void ones included. Failure if a line is damaged or cut short."""
    path = run / SLICES
    slices = []
    try:
        lines = path.read_text("utf-8").splitlines()
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    for number, line in enumerate(lines, start=1):
        try:
            slices.append(JudgedSlice.model_validate_json(line))
        except ValidationError:
            raise Failure(f"{path}:{number}: damaged line: the run was cut short there") from None
    return slices


def drop_torn_line(run: Path) -> None:
    """Cut off a last line that a killed run could not finish, so that the run can be gone on with."""
    path = run / SLICES
    with _writing(path):
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)


def samples_files(run: Path) -> dict[tuple[int, int], Path]:
    """(generation, cycle) -> the file with its requests, for every whole file there is."""
    found = {}
    for path in sorted((run / SAMPLES).glob("g*-c*.parquet")):
        generation, cycle = path.stem.split("-")
        found[int(generation[1:]), int(cycle[1:])] = path
    return found


def read_samples(path: Path) -> pa.Table:
    """Read one samples file. Failure if it is damaged."""
    try:
        return pq.read_table(path, schema=_SAMPLES_SCHEMA)
    except (OSError, pa.ArrowException):
        raise Failure(f"{path}: damaged samples file: the run cannot be used") from None
