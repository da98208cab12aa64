"""Rungs of the real schemes: each does one stage more than the one before it, and the last one everything.

They exist to be measured beside the schemes they are cut from (an ablation study), so that the
difference of two neighbours is what one stage costs under load. They are not discovered by name: most of them
let anybody in. Experiments name them as `module:Class`. All of them listen on loopback only.
"""
