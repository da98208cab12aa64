from analysis.data.run import RunData
from analysis.data.saturation import Saturation, saturation
from analysis.rules.rule import Findings, RunRule
from analysis.rules.v41_saturated_server import bound
from analysis.validity.limits import SATURATION_AGREES


class SaturationAgrees(RunRule):
    """V42 refuses to compare an arm's throughput where requests per core-second (replies that clients read,
    wall time minus steal) and the inverse of CPU per request (the server's own count, its processes' clocks)
    differ by more than 10%, or where those clocks claim that much more than the kernel says the processor was
    busy.
    """

    code = "V42"
    lie = "throughput and CPU per request are two measurements of one server"
    limits = (SATURATION_AGREES,)
    unit = "ratio - 1"
    advice = "one of the readings is wrong: see the steal, the clocks and who else talks to the server"

    def check_run(self, run: RunData) -> Findings:
        for arm in run.arms:
            found = saturation(run, arm)
            if found is not None:
                yield from self.check(arm, found, full=bound(found, run.manifest) is None)

    def check(self, arm: str, found: Saturation, *, full: bool) -> Findings:
        """The law U = X D, with U = 1 for a full processor (Denning & Buzen, Computing Surveys 10, 1978, 3).

        `full`: the server's processor was full, so X is 1 / D; else X may only be less.
        """
        off = found.outside_rps / found.inside_rps - 1 if found.inside_rps else float("inf")
        tolerance = SATURATION_AGREES.value
        if off > tolerance or (full and off < -tolerance):
            sentence = (
                f"clients read {found.outside_rps:.0f} replies in a second of its processor, and by the "
                f"server's own count and clock a second of CPU serves {found.inside_rps:.0f}"
            )
            yield self.finding("refuse-figure", arm, sentence, off, tolerance, refuses="throughput")
            return
        kernel = found.app_processors_busy
        if kernel and found.app_busy / kernel - 1 > tolerance:
            ahead = found.app_busy / kernel - 1
            sentence = (
                f"its processes say that they used {found.app_busy:.0%} of its processor, and the kernel "
                f"that all processes together used {kernel:.0%}"
            )
            yield self.finding("refuse-figure", arm, sentence, ahead, tolerance, refuses="throughput")
