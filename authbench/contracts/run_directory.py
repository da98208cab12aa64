"""Reading and writing a run's directory. Written as it goes: what is on disk is what was measured so far."""

import contextlib
import errno
import gzip
import json
import math
import os
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from authbench.contracts.failure import ExitCode, Failure, first_error
from authbench.contracts.message import parse_json
from authbench.contracts.records import SAMPLE_COLUMNS, SCHEMA_VERSION, JudgedSlice, Manifest, SliceRecord

MANIFEST = "manifest.json"
SLICES = "slices.jsonl"
SAMPLES = "samples"

_SAMPLES_NAME = re.compile(r"g(\d{3,})-c(\d{3,})\.parquet")
_SAMPLES_SCHEMA = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in SAMPLE_COLUMNS.items()])
_TIMES = ("due_ns", "sent_ns", "done_ns")
"""Columns whose bytes are stored apart by their place in the number: files become a third smaller."""


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    """A full or failing disk becomes one line; the manifest keeps saying that the run is not whole."""
    try:
        yield
    except OSError as error:
        raise Failure(
            f"{_what_failed(error)} at {path}: free space (or choose another place with --results) and run "
            "again; this run is marked as not whole",
            ExitCode.INVALID,
        ) from None


def _what_failed(error: OSError) -> str:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    return "disk full" if full else f"cannot write: {error.strerror}"


@contextlib.contextmanager
def _whole_or_nothing(path: Path, part: Path) -> Iterator[None]:
    """The block writes `part`, which then becomes `path`; where it fails or is cut off, neither is left."""
    try:
        yield
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise


def replace_file(path: Path, content: str) -> None:
    """Write `content` so that a reader sees the old file or the new one, never a part of either.

    Failure in one line if it cannot be written; then nothing is left of it.
    """
    try:
        _replace(path, content)
    except OSError as error:
        raise Failure(f"{_what_failed(error)} at {path}: free space, or choose another place") from None


def _replace(path: Path, content: str) -> None:
    part = path.with_name(path.name + ".part")
    with _whole_or_nothing(path, part), part.open("w", encoding="utf-8") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def make_folder(path: Path, option: str = "--results") -> Path:
    """Make the folder if need be. Failure in one line if it cannot be made; `option` is what names it."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Failure(
            f"{path}: cannot be made: {error.strerror}; choose another place with {option}"
        ) from None
    return path


def require_usable(results: Path) -> None:
    """Failure unless the path is UTF-8, as manifests, pages and the Parquet library want it, and one that the
    system takes: from Python 3.13 on `is_dir` says no where it would have to say why.
    """
    if not is_text(results):
        raise Failure(
            f"{results}: the path of the results folder is not UTF-8: choose another with --results"
        )
    try:
        results.lstat()
    except FileNotFoundError:
        return
    except OSError as error:
        raise Failure(f"{results}: cannot be used: {error.strerror}: choose another with --results") from None


def is_text(path: Path) -> bool:
    """Whether the absolute path is UTF-8; Python keeps other bytes of a name as lone surrogates (PEP 383)."""
    try:
        str(path.absolute()).encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


class RunWriter:
    """The one writer of a run's directory. Close it, or use it as a context."""

    def __init__(self, raw: Path, manifest: Manifest, *, resume: bool = False) -> None:
        """Make the run's directory; with `resume` it must be there, and what it holds stays."""
        require_usable(raw)
        self.path = raw / manifest.run_id
        with _writing(self.path):
            if not resume:
                (self.path / SAMPLES).mkdir(parents=True)
            self._slices: IO[str] = (self.path / SLICES).open("a" if resume else "x", encoding="utf-8")
        self.write_manifest(manifest)

    def write_manifest(self, manifest: Manifest) -> None:
        with _writing(self.path / MANIFEST):
            _replace(self.path / MANIFEST, manifest.model_dump_json() + "\n")

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
            whole = {"arm": [arm] * rows, "position": np.full(rows, position), **columns}
            batches.append(pa.Table.from_pydict(whole, schema=_SAMPLES_SCHEMA))
        path = self.path / SAMPLES / samples_name(generation, cycle)
        part = path.with_suffix(".part")
        with _writing(path), _whole_or_nothing(path, part):
            pq.write_table(
                pa.concat_tables(batches),
                part,
                compression="zstd",
                use_dictionary=[name for name in _SAMPLES_SCHEMA.names if name not in _TIMES],
                column_encoding=dict.fromkeys(_TIMES, "BYTE_STREAM_SPLIT"),
            )

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._slices.close()


def complete_runs(raw: Path, host: str, experiment: str | None = None) -> list[tuple[Path, Manifest]]:
    """List the complete runs of one machine under `raw`, of one experiment or all, the oldest first.

    A run that cannot be read is left out: nothing may rest on it.
    """
    found = []
    for path in raw.glob(f"[!.]*-{experiment}-*/{MANIFEST}" if experiment else f"[!.]*/{MANIFEST}"):
        try:
            manifest = read_manifest(path.parent)
        except Failure:
            continue
        if manifest.status == "complete" and manifest.machine.host == host:
            found.append((path.parent, manifest))
    return sorted(found, key=lambda run: (run[1].started_at, run[0]))


def _migrated(data: Any, path: Path) -> dict[str, Any]:
    """The manifest's content in today's schema. Failure if it has none, or a newer one.

    Each schema so far only added fields, whose defaults say that they were not recorded.
    """
    version = data.get("schema_version") if isinstance(data, dict) else None
    if not isinstance(version, int):
        raise Failure(f"{path}: no schema_version: this is not a run of authbench")
    if version > SCHEMA_VERSION:
        raise Failure(
            f"{path}: written with schema {version}, this authbench reads up to {SCHEMA_VERSION}: "
            "update authbench"
        )
    if version < 1:
        raise Failure(f"{path}: schema {version} was never written: the manifest is damaged")
    return {**data, "schema_version": SCHEMA_VERSION}


def plain_or_packed(plain: Path) -> Path:
    """The file as it was written, or packed (`gzip FILE`) where only that is there."""
    packed = plain.with_name(f"{plain.name}.gz")
    return packed if packed.is_file() and not plain.exists() else plain


def read_text(path: Path) -> str:
    """Read a text, unpacked if its name ends in .gz. Failure in one line if it is damaged or not there."""
    try:
        content = path.read_bytes()
        return (gzip.decompress(content) if path.suffix == ".gz" else content).decode("utf-8")
    except (gzip.BadGzipFile, EOFError, zlib.error):
        raise Failure(f"{path}: damaged: it is no whole gzip file") from None
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise Failure(f"{path}: damaged: it is not text") from None


def read_manifest(run: Path) -> Manifest:
    """Read a run's manifest. Failure in one line if it is newer, damaged or not there."""
    path = run / MANIFEST
    try:
        data = parse_json(read_text(path))
    except ValueError as error:
        raise Failure(f"{path}: damaged: {error}") from None
    migrated = _migrated(data, path)
    try:
        return Manifest.model_validate_json(json.dumps(migrated))
    except ValidationError as error:
        raise Failure(f"{path}: damaged at {': '.join(first_error(error, 'file'))}") from None


_MAY_BE_NEGATIVE = {"clock_step_ns", "steal"}
_MAY_BE_HUGE = {"schedule_seed"}
_LISTS = {"service_ns"}
_HUGE = 2.0**63


def _impossible(record: SliceRecord) -> str | None:
    """The name of a field with a number that no harness writes; None: all can be what was measured."""
    fields = record.__dict__ | (record.probe.__dict__ if record.probe else {})
    for name, value in fields.items():
        for number in value.values() if isinstance(value, dict) else value if name in _LISTS else (value,):
            if not isinstance(number, int | float):
                continue
            negative, huge = number < 0 and name not in _MAY_BE_NEGATIVE, number >= _HUGE
            if not math.isfinite(number) or negative or (huge and name not in _MAY_BE_HUGE):
                return name
    return None


def slices_file(run: Path) -> Path:
    """The file of slices, plain or packed."""
    return plain_or_packed(run / SLICES)


def read_slices(run: Path) -> list[JudgedSlice]:
    """Read every recorded slice, void ones included. Failure if a line is damaged or cut short."""
    path = slices_file(run)
    slices = []
    for number, line in enumerate(read_text(path).splitlines(), start=1):
        try:
            judged = JudgedSlice.model_validate_json(line)
        except ValidationError:
            raise Failure(f"{path}:{number}: damaged line: the run was cut short there") from None
        if field := _impossible(judged.measured):
            raise Failure(f"{path}:{number}: damaged line: {field} has a value that cannot be measured")
        slices.append(judged)
    return slices


def drop_torn_line(run: Path) -> None:
    """Cut off a last line that a killed run could not finish, so that the run can be gone on with."""
    path = run / SLICES
    with _writing(path):
        content = path.read_bytes()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            os.truncate(path, whole)


def samples_name(generation: int, cycle: int) -> str:
    """The name of the file with the requests of one cycle."""
    return f"g{generation:03d}-c{cycle:03d}.parquet"


def samples_files(run: Path) -> dict[tuple[int, int], Path]:
    """Map (generation, cycle) to its file of requests, in that order, for every whole file there is.

    Failure for a file whose name does not say which cycle's it is. Hidden files are passed over: macOS leaves
    a `._x.parquet` beside each file that it copies to another kind of disk.
    """
    found = {}
    for path in (run / SAMPLES).glob("[!.]*.parquet"):
        name = _SAMPLES_NAME.fullmatch(path.name)
        if name is None:
            raise Failure(f"{path}: no samples file of authbench has such a name: move it elsewhere")
        found[int(name[1]), int(name[2])] = path
    return dict(sorted(found.items()))


def read_samples(path: Path) -> pa.Table:
    """Read one samples file. Failure in one line if it is damaged, or holds something else."""
    try:
        with pq.ParquetFile(path) as file:
            found = file.schema_arrow
            table = file.read(use_threads=False) if found.equals(_SAMPLES_SCHEMA) else None
    except UnicodeDecodeError:
        raise Failure(
            f"{path}: damaged samples file (a name in it is not text): the run cannot be used"
        ) from None
    except (OSError, pa.ArrowException) as error:
        what = "it is empty" if path.is_file() and path.stat().st_size == 0 else str(error).split(".")[0]
        raise Failure(f"{path}: damaged samples file ({what}): the run cannot be used") from None
    if table is None:
        own, others = list(_SAMPLES_SCHEMA), list(found)
        wrong = next(field for field in own + others if field not in own or field not in others)
        raise Failure(
            f"{path}: not a samples file of authbench: column {wrong.name} is missing, added or of another "
            "type: the run cannot be used"
        )
    empty = [name for name in table.column_names if table.column(name).null_count]
    if empty:
        raise Failure(f"{path}: column {empty[0]} has cells without a value: the run cannot be used")
    return table
