"""The raw data behind a decision record: a fingerprint that a reader can check years later."""

import hashlib
from pathlib import Path

from authbench.contracts.run_directory import MANIFEST, SLICES, samples_files


def raw_digest(run: Path) -> tuple[str, int]:
    """(SHA-256, number of files) over manifest, slices and samples, sorted by path.

    The same as `sha256sum` of what `sha256sum` prints of those files inside the run's directory.
    """
    files = sorted(
        path.relative_to(run).as_posix()
        for path in (run / MANIFEST, run / SLICES, *samples_files(run).values())
        if path.is_file()
    )
    lines = "".join(f"{hashlib.sha256((run / name).read_bytes()).hexdigest()}  {name}\n" for name in files)
    return hashlib.sha256(lines.encode()).hexdigest(), len(files)
