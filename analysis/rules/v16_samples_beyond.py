from analysis.rules.rule import Rule
from analysis.statistics.percentiles import too_few_beyond
from analysis.validity.limits import P99_GENERATIONS, SAMPLES_BEYOND


class SamplesBeyond(Rule):
    """V16 refuses a percentile with fewer than 10 requests beyond it, and the comparison of a p99 that fewer
    than five generations support.
    """

    code = "V16"
    lie = "that percentile exists"
    judged = "figure"
    limits = (SAMPLES_BEYOND, P99_GENERATIONS)
    check = staticmethod(too_few_beyond)
