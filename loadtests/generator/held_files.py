"""Files that an engine on another host holds in memory: credentials never touch that host's disk."""

from io import BytesIO
from pathlib import Path

from authbench.contracts.generator_protocol import FilePart
from authbench.contracts.message import OrderError
from authbench.contracts.workers.file_parts import Assembly, split_file
from authbench.words.counting import counted


class HeldFiles:
    """Whole files by name, and those that are still arriving. Each is given away once."""

    def __init__(self) -> None:
        self._arriving: dict[str, Assembly] = {}
        self._whole: dict[str, BytesIO] = {}
        self._leaving: dict[str, list[FilePart]] = {}

    def put(self, part: FilePart) -> None:
        """Hold the next part of a file; its first part begins it anew. OrderError as of `Assembly.add`."""
        if part.number == 0:
            self._arriving[part.name] = Assembly(part.name)
        if part.name not in self._arriving:
            raise OrderError(f"{part.name}: its first part is missing")
        content = self._arriving[part.name].add(part)
        if content is not None:
            del self._arriving[part.name]
            self._whole[part.name] = BytesIO(content)

    def open(self, path: Path) -> BytesIO:
        """An empty file to write to, in the place of an earlier one."""
        self._leaving.pop(path.name, None)
        self._whole[path.name] = BytesIO()
        return self._whole[path.name]

    def take(self, path: Path) -> bytes:
        """The content of a file, which is not held any longer. OrderError if there is none."""
        if path.name not in self._whole:
            raise OrderError(f"{path}: not held here")
        return self._whole.pop(path.name).getvalue()

    def give(self, name: str, number: int) -> FilePart:
        """A part of a file, to be sent. OrderError if there is no such part."""
        if name not in self._leaving:
            self._leaving[name] = split_file(name, self.take(Path(name)))
        parts = self._leaving[name]
        if number >= len(parts):
            raise OrderError(f"{name}: has {counted(len(parts), 'part')}, and no part {number}")
        if number == len(parts) - 1:
            del self._leaving[name]
        return parts[number]
