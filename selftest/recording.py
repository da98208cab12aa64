"""A run's raw directory as values that a fault may change: manifest, slices, rows."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.judge import judge
from authbench.contracts.records import JudgedSlice, Manifest, SliceRecord
from authbench.contracts.run_directory import (
    MANIFEST,
    SLICES,
    read_manifest,
    read_samples,
    read_slices,
    replace_file,
    samples_files,
)

Columns = Mapping[str, npt.NDArray[np.int64]]
_TIMES = ("due_ns", "sent_ns", "done_ns")


class Recording:
    """One run's directory; what is changed is on disk at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def manifest(self) -> Manifest:
        """The manifest."""
        return read_manifest(self.path)

    def change_manifest(self, **fields: Any) -> None:
        """Replace fields of the manifest."""
        changed = self.manifest.model_copy(update=fields)
        replace_file(self.path / MANIFEST, changed.model_dump_json(indent=1) + "\n")

    @property
    def slices(self) -> list[JudgedSlice]:
        """Every recorded slice."""
        return read_slices(self.path)

    def write_slices(self, slices: list[JudgedSlice]) -> None:
        """Replace all of them."""
        replace_file(self.path / SLICES, "".join(each.model_dump_json() + "\n" for each in slices))

    def change_slices(
        self, arm: str | None, change: Callable[[SliceRecord], Mapping[str, Any]], *, main: bool = False
    ) -> None:
        """Change the records of an arm, or of all; `main`: those of the main rate alone."""
        self.write_slices(
            [
                judged.model_copy(
                    update={"measured": judged.measured.model_copy(update=change(judged.measured))}
                )
                if arm in (None, judged.measured.arm) and not (main and judged.measured.purpose != "main")
                else judged
                for judged in self.slices
            ]
        )

    def judge_again(self) -> None:
        """Judge every slice as the harness would have, had it measured what is recorded now.

        Saturated slices stay as they are: their rows are not kept.
        """
        rows = {key: read_samples(path).to_pandas() for key, path in samples_files(self.path).items()}
        manifest = self.manifest
        verdict = partial(judge, experiment=manifest.experiment, loop=manifest.workload.loop)
        judged_again = []
        for judged in self.slices:
            record = judged.measured
            if record.purpose == "saturated":
                judged_again.append(judged)
                continue
            table = rows[record.generation, record.cycle]
            own = table[(table["arm"] == record.arm) & (table["position"] == record.position)]
            columns = {name: own[name].to_numpy(dtype=np.int64) for name in (*_TIMES, "outcome")}
            void_because, tags = verdict(record, columns)
            judged_again.append(JudgedSlice(measured=record, void_because=void_because, tags=tags))
        self.write_slices(judged_again)

    def samples(self, generation: int = 0, cycle: int = 0) -> Path:
        """The file with a cycle's rows."""
        return samples_files(self.path)[generation, cycle]

    def change_rows(self, path: Path, name: str, change: Callable[[pa.Table], npt.NDArray[np.int64]]) -> None:
        """Replace one column of a samples file."""
        table = read_samples(path)
        place = table.schema.get_field_index(name)
        column = pa.array(change(table)).cast(table.schema.field(place).type)
        pq.write_table(table.set_column(place, table.schema.field(place), column), path, compression="zstd")

    def drop_rows(self, path: Path, keep: Callable[[pa.Table], npt.NDArray[np.bool_]]) -> None:
        """Leave out rows of a samples file."""
        table = read_samples(path)
        pq.write_table(table.filter(pa.array(keep(table))), path, compression="zstd")

    def delete_generation(self, number: int) -> None:
        """Delete a generation as if it had never been measured: the manifest does not know of it."""
        left = [judged for judged in self.slices if judged.measured.generation != number]
        self.write_slices(left)
        for (generation, _), path in samples_files(self.path).items():
            if generation == number:
                path.unlink()
        self.change_manifest(generations_done=self.manifest.generations_done - 1, slices_recorded=len(left))
