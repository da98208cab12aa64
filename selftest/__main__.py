"""`python -m selftest [CODE ...]`: inject a fault for every rule, or those named; tell who objected.

Exit 0: every fault set off its rule, and a clean run none that voids. 1: not so, or a run that faults are
injected into could not be made; then its reason is told. 2: no such rule.
130: interrupted; nothing is left running.
"""

import sys
import tempfile
import time
from pathlib import Path

from authbench.contracts.failure import ExitCode
from authbench.system.interruption import exit_with
from selftest.fault import Fault
from selftest.faults import all_faults
from selftest.laboratory import TWINS_DIFFER, Laboratory
from selftest.objection import Objection
from selftest.registry import CODES, complaints
from selftest.trial import Trial, attempt

_LINE = "{:<5} {:<44} {:<18} {:<7} {:<14} {}"
_VOIDS = ("void-slice", "void-run")
_SOUND_ARMS = {
    "generator": ("none", "session-redis", "session-redis (twin)", "constant-gaps"),
    "schemes": ("none", "session-redis", "jwt-hs256"),
}
"""Live run -> arms of it that no rule may void, whatever is wrong with the others."""


def _say(*cells: str) -> None:
    print(_LINE.format(*cells).rstrip(), flush=True)


def _fired(objections: frozenset[Objection] | set[Objection]) -> str:
    return " ".join(sorted({objection.rule.replace(" ", "-") for objection in objections})) or "none"


def _tell(trial: Trial) -> None:
    fault = trial.fault
    verdict = "ok" if trial.caught else "FAILED"
    _say(fault.rule, fault.what, fault.how, verdict, fault.strength, _fired(trial.objections))
    if trial.trouble:
        print(f"      not tried: {trial.trouble}")
    elif not trial.caught:
        print(f"      expected {fault.rule} ({fault.strength}); it stayed silent")


def _sound(laboratory: Laboratory) -> bool:
    """The clean run, and the sound arms beside faulty ones: no rule voids anything of them.

    Whether identical arms differ is asked of the clean run alone: it is made twice where they do by chance.
    """
    sound = True
    for name, arms in _SOUND_ARMS.items():
        if name not in laboratory.made:
            continue
        run = laboratory.made[name]
        voids = {each for arm in arms for each in run.objections(arm) if each.strength in _VOIDS}
        voids.discard(TWINS_DIFFER)
        sound &= not voids
        verdict = "FAILED" if voids else "ok"
        _say("", f"nothing: {name}'s sound arms", "live", verdict, "voids nothing", _fired(voids))
    if "clean" in laboratory.made:
        clean = laboratory.clean
        voids = {each for each in clean.objections() if each.strength in _VOIDS}
        valid = clean.summary.status == "VALID" and not voids
        sound &= valid
        _say(
            "",
            "nothing: a clean run",
            "live",
            "ok" if valid else "FAILED",
            "VALID",
            _fired(clean.objections()),
        )
        if not valid:
            print(f"      {clean.summary.reasons}")
    for failure in laboratory.not_made.values():
        sound = False
        print(f"FAILED {failure}")
    return sound


def _try_all(faults: list[Fault], laboratory: Laboratory) -> bool:
    _say("rule", "fault", "how injected", "", "expected as", "rules that fired")
    trials = []
    for fault in faults:
        trials.append(attempt(fault, laboratory))
        _tell(trials[-1])
    sound = _sound(laboratory)
    missed = [trial for trial in trials if not trial.caught]
    print(f"{len(trials) - len(missed)} of {len(trials)} faults set off their rule")
    for word, some in (
        ("silent", [trial for trial in missed if not trial.trouble]),
        ("not tried", [trial for trial in missed if trial.trouble]),
    ):
        if some:
            print(f"{word}: {', '.join(sorted({trial.fault.rule for trial in some}))}")
    return sound and not missed


def main(codes: list[str]) -> ExitCode:
    """Try the faults of these rules; of all if there is none."""
    unknown = [code for code in codes if code not in CODES]
    if unknown:
        print(f"selftest: no rule {unknown[0]!r}: known are {', '.join(CODES)}", file=sys.stderr)
        return ExitCode.USAGE
    began_s = time.monotonic()
    faults = all_faults()
    with tempfile.TemporaryDirectory(prefix="authbench-selftest-") as folder:
        good = _try_all([f for f in faults if not codes or f.rule in codes], Laboratory(Path(folder)))
    for complaint in complaints(faults):
        good = False
        print(f"FAILED {complaint}")
    print(f"{'every rule works' if good else 'SOME RULES DO NOT WORK'}, {time.monotonic() - began_s:.0f} s")
    return ExitCode.DONE if good else ExitCode.INTERNAL


if __name__ == "__main__":
    exit_with(main, "selftest")
