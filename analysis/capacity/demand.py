"""Describe what a team expects to need: a TOML file with units in its keys. Unknown keys are errors."""

from pydantic import BaseModel, ConfigDict, Field

from analysis.summary.so_what import NODE_BUSY, NODE_CORES, Site


class Demand(BaseModel):
    """The demand and the team's own limits. See docs/demand.example.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    peak_rps: float = Field(gt=0, description="authenticated user requests per second at today's peak")
    growth: float = Field(ge=1, description="factor by which the peak will have grown when this is reviewed")
    target_utilisation: float = Field(
        ge=0.5, le=0.7, description="share of a core that may be busy at that peak; the rest is headroom"
    )
    cores_per_node: int = Field(ge=1, le=1024, description="application cores of one node")
    spare_nodes: int = Field(ge=0, le=100, description="nodes that may be gone at the peak (1: N+1)")
    sessions_live: int | None = Field(
        default=None, gt=0, description="sessions alive at once at today's peak: logins per second x lifetime"
    )
    store_fragmentation: float = Field(
        default=0.3, ge=0, le=3, description="memory the store's allocator takes on top, as a share"
    )
    store_reserve_share: float = Field(
        default=0.25, ge=0, lt=1, description="share of the store's memory kept free, for forking and buffers"
    )

    @property
    def planned_rps(self) -> float:
        """The peak to plan for."""
        return self.peak_rps * self.growth

    @property
    def planned_sessions(self) -> float | None:
        """Sessions alive at the planned peak; they grow with it (Little's law). None: unknown today."""
        return None if self.sessions_live is None else self.sessions_live * self.growth

    @property
    def site(self) -> Site:
        """The planned peak and the nodes that are to carry it."""
        grown = f"{self.peak_rps:g} x {self.growth:g}" if self.growth > 1 else "as asked"
        return Site(self.planned_rps, grown, self.cores_per_node, self.target_utilisation, self.spare_nodes)


def demand_at(peak_rps: float) -> Demand:
    """A demand of so many requests/s and everything else as in docs/demand.example.toml, without growth."""
    return Demand(
        peak_rps=peak_rps, growth=1, target_utilisation=NODE_BUSY, cores_per_node=NODE_CORES, spare_nodes=1
    )
