"""Whose CPU a target file names, as the host is told that has the processes: this machine, or an agent's."""

from pydantic import Field

from authbench.contracts.message import Message
from authbench.contracts.target.target_file import Which


class WhoseCpu(Message):
    """A server or a store that authbench does not start, and does not end."""

    which: Which
    listens_at: list[tuple[str, int]] = Field(
        description="hosts and ports that it listens at, as URLs name them: used where `which` is 'listening'"
    )
    key: str = Field(description="of the target file, such as 'processes.server': for failures")
