from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import TAGGED_SHARE

CODES = ("V06", "V07", "V10")
"""Rules that tag a slice in which the surroundings may have decided how long requests took."""
_WORDS = {
    "V06": "the generator was late",
    "V07": "the generator's processor was busy",
    "V10": "the machine was not quiet",
}


def tagged_share(run: RunData, arm: str, *codes: str) -> float:
    """Share of an arm's valid slices that carry any of these tags."""
    tags = run.slices.loc[run.slices["arm"] == arm, "tags"]
    return sum(not set(codes).isdisjoint(own) for own in tags) / len(tags) if len(tags) else 0.0


class DisturbedSlices(RunRule):
    """V06/V07/V10 marks an arm's latency when more than a third of its slices carry any of these tags; tells
    the share where it is smaller.

    It refuses nothing: on a small machine nearly every slice carries one, for every arm alike. Whether pairs
    of arms can be compared all the same is what the twin says (V21, noise floor); CPU is not touched.
    """

    code = "V06/V07/V10"
    lie = "the server was slow (it was its surroundings)"
    limits = (TAGGED_SHARE,)
    unit = "share of slices"
    advice = "close what else runs on this machine, or use one with more processors"

    def check_run(self, run: RunData) -> Findings:
        for arm in run.arms:
            share = tagged_share(run, arm, *CODES)
            if share == 0:
                continue
            carried = [code for code in CODES if tagged_share(run, arm, code) > 0]
            words, code = ", or ".join(_WORDS[code] for code in carried), "/".join(carried)
            if share <= TAGGED_SHARE.value:
                yield self.finding("tag", arm, words, share, TAGGED_SHARE, code=code, advice="")
                continue
            sentence = f"{words}: times contain that; what arms differ by is judged by the twin"
            yield self.finding("mark", arm, sentence, share, TAGGED_SHARE, refuses="latency", code=code)
