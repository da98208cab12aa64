from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule


class Placement(RunRule):
    """V30 refuses every figure where it is not known which processors each part ran on; says which parts
    share a processor, and where the load came from workers that may share it unseen.
    """

    code = "V30"
    lie = "colocation does not matter"

    def check_run(self, run: RunData) -> Findings:
        placement = run.manifest.placement
        if placement is None:
            sentence = "which processors the parts ran on was not recorded"
            advice = "run again on a system that lets processes be pinned"
            yield self.finding("refuse-figure", "the run", sentence, advice=advice, refuses="all")
            return
        for sharing in placement.shared:
            advice = "for latency and capacity use a machine with a processor for each part"
            yield self.finding("tag", "the run", f"shared processors: {sharing}", advice=advice)
        if run.manifest.load_from_workers:
            sentence = "where the workers ran is not recorded: one on this machine shares its processors"
            yield self.finding("tag", "the run", sentence, advice="give the workers machines of their own")
