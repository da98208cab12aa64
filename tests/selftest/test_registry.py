"""The self-test's list of faults, without injecting one: `make selftest` does that."""

from dataclasses import replace

from authbench.contracts.experiment import find_experiment
from selftest.engines.loops import FAULTS
from selftest.faults import all_faults
from selftest.laboratory import EXPERIMENTS
from selftest.registry import CODES, complaints
from servers.discovery import find_scheme


def test_every_rule_has_a_fault_and_every_fault_a_rule() -> None:
    assert complaints(all_faults()) == []


def test_a_rule_without_a_fault_is_complained_of() -> None:
    for code in CODES:
        others = [fault for fault in all_faults() if fault.rule != code]
        assert complaints(others) == [f"{code}: no fault is injected for it"]


def test_a_fault_without_a_rule_is_complained_of() -> None:
    stray = replace(all_faults()[0], rule="V99")
    assert complaints([*all_faults(), stray]) == ["V99: a fault names it, and it is no rule"]


def test_no_two_faults_are_the_same() -> None:
    named = [(fault.rule, fault.what) for fault in all_faults()]
    assert len(set(named)) == len(named)


def test_every_experiment_of_it_can_be_run() -> None:
    files = sorted(EXPERIMENTS.glob("*.toml"))
    assert files
    for file in files:
        experiment = find_experiment(str(file))
        assert experiment.name == f"selftest-{file.stem}"
        for arm in experiment.arms:
            find_scheme(arm.scheme)


def test_every_fault_of_the_generator_has_its_arm() -> None:
    arms = {arm.label for arm in find_experiment(str(EXPERIMENTS / "generator.toml")).arms}
    assert set(FAULTS) <= arms
