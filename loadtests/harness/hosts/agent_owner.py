"""A server or a store that nobody started, whose CPU is read by an agent on its host."""

import errno

from authbench.contracts.hosts.agent_protocol import AskOwner, OwnerFacts
from loadtests.harness.hosts.agent_link import AgentLink
from loadtests.harness.telemetry.cpu_clock import CpuOwner


class AgentOwner(CpuOwner):
    """A server or a store that an agent found on its host. Its processors have the numbers of that host."""

    def __init__(self, link: AgentLink, arm: str | None) -> None:
        self._link = link
        self._arm = arm

    def cpu_ns(self) -> int:
        return self._facts().cpu_ns

    def pids(self) -> list[int]:
        return list(self._facts().pids)

    def run_queue_wait_ns(self) -> int | None:
        return self._facts().run_queue_wait_ns

    def processors(self) -> list[int]:
        return list(self._facts().processors)

    def _facts(self) -> OwnerFacts:
        facts = self._link.ask(AskOwner(arm=self._arm), OwnerFacts)
        if facts.gone:
            raise ProcessLookupError(errno.ESRCH, "its processes are gone, or began anew", self._link.name)
        return facts
