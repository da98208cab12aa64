"""The server can write no file any more, and read all of them."""

import resource
from collections.abc import Mapping
from pathlib import Path

from authbench.contracts.security.drill import Proof
from authbench.contracts.security.drill_history import Effect
from loadtests.drills.drill import SqlDrill
from loadtests.drills.site.site import Site


class SqlReadOnly(SqlDrill):
    """A limit of the size of files (RLIMIT_FSIZE), of zero bytes: every write fails, as on a file system that
    has become read-only after an error. It is the server's alone, orders included: the machine stays whole.
    """

    name = "sql-read-only"
    summary = "the server can write no file for two seconds: which reads turn out to be writes?"
    effect = Effect.IMPAIRED

    def begin(self, site: Site) -> None:
        pids = [pid for server in site.servers.values() for pid in server.pids]
        self._told = {pid: _largest_file(pid) for pid in pids}
        self._limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in pids}
        for pid, (_, hard) in self._limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))

    def during(self, site: Site) -> list[Proof]:  # noqa: ARG002 - the processes are known
        return self._proofs(dict.fromkeys(self._told, "0"))

    def end(self, site: Site) -> None:  # noqa: ARG002 - the processes are known
        for pid, limits in self._limits.items():
            resource.prlimit(pid, resource.RLIMIT_FSIZE, limits)

    def after(self, site: Site) -> list[Proof]:  # noqa: ARG002 - the processes are known
        return self._proofs(self._told)

    @staticmethod
    def _proofs(wanted: Mapping[int, str]) -> list[Proof]:
        """What the kernel says of each process."""
        return [
            Proof(
                what=f"largest file of process {pid}, bytes",
                seen=(seen := _largest_file(pid)),
                acted=seen == limit,
            )
            for pid, limit in wanted.items()
        ]


def _largest_file(pid: int) -> str:
    """The soft limit: 'Max file size  0  unlimited  bytes'."""
    lines = Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[3] for line in lines if line.startswith("Max file size"))
