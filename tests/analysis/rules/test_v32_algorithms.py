from collections.abc import Mapping
from pathlib import Path

import pytest

from analysis.comparison.arms import refused
from analysis.data.run import load_run
from analysis.rules.v32_algorithms import Algorithms
from analysis.validity.finding import Finding
from authbench.contracts.card import Operation
from authbench.contracts.experiment import Arm, Condition
from tests.analysis.build_run import HS256, LEAN, MiniRun, card, experiment, server

RS256: dict[str, str | int] = {"algorithm": "RS256", "key_bits": 2048, "library": "PyJWT", "backend": "c"}


def _findings(
    tmp_path: Path, crypto: Mapping[str, dict[str, str | int]], lean: bool = False
) -> list[Finding]:
    mini = MiniRun(lean=lean, compare=[("session-redis", "jwt-hs256")])
    for arm, found in crypto.items():
        mini.manifest["servers"][arm] = mini.manifest["servers"][arm].model_copy(update={"crypto": found})
    return list(Algorithms().check_run(load_run(mini.write(tmp_path))))


def test_named_algorithms_pass(tmp_path: Path) -> None:
    assert _findings(tmp_path, {}, lean=True) == []


@pytest.mark.parametrize("missing", ["algorithm", "key_bits", "library", "backend"])
def test_a_token_of_unknown_cryptography_has_no_figure(tmp_path: Path, missing: str) -> None:
    crypto = {key: value for key, value in {**HS256, "library": "PyJWT"}.items() if key != missing}
    (finding,) = _findings(tmp_path, {"jwt-hs256": crypto})
    assert finding.sentence == f"its {missing} was not recorded"


def test_two_that_are_missing_are_told_in_the_plural(tmp_path: Path) -> None:
    (finding,) = _findings(tmp_path, {"jwt-hs256": {"algorithm": "HS256", "library": "PyJWT"}})
    assert finding.sentence == "its key_bits, backend were not recorded"
    assert refused([finding], "cost", ["jwt-hs256"])
    assert refused([finding], "cost", ["session-redis"]) is None


def test_a_token_without_any_is_no_token(tmp_path: Path) -> None:
    assert [f.subject for f in _findings(tmp_path, {"jwt-hs256": {}})] == ["jwt-hs256"]


@pytest.mark.parametrize(
    ("changes", "signs"),
    [
        ({"store": "redis"}, True),  # for refresh tokens: a read asks nothing
        ({"store": "redis", "store_commands": {Operation.READ: {"get": 1}}}, False),  # an opaque token
        ({"store": "memory"}, False),
        ({"carrier": "cookie"}, False),
        ({"authenticates": False}, False),
    ],
)
def test_what_is_looked_up_need_not_be_signed(changes: dict[str, object], signs: bool) -> None:
    unsigned = server("jwt-hs256").model_copy(update={"crypto": {}})
    changed = card("jwt-hs256").model_copy(update=changes)
    assert bool(list(Algorithms().check_named("jwt-hs256", changed, {"jwt-hs256": unsigned}))) == signs


def test_twins_that_sign_differently_refuse_every_figure(tmp_path: Path) -> None:
    signed = {"session-redis": {**HS256, "library": "a"}, "session-redis (twin)": {**HS256, "library": "b"}}
    (finding,) = [found for found in _findings(tmp_path, signed) if found.severity == "refuse-figure"]
    assert (finding.subject, finding.refuses) == ("the run", "all")
    assert "differ in library" in finding.sentence


def test_a_sensitivity_arm_has_the_algorithm_of_the_one_it_stands_beside(tmp_path: Path) -> None:
    (finding,) = _findings(tmp_path, {LEAN: RS256}, lean=True)
    assert finding.subject == LEAN
    assert "algorithm, key_bits" in finding.sentence


def test_two_libraries_that_are_compared_are_told(tmp_path: Path) -> None:
    (finding,) = _findings(tmp_path, {"session-redis": RS256, "session-redis (twin)": RS256})
    assert (finding.severity, finding.subject) == ("tag", "session-redis / jwt-hs256")


OLD = Arm(scheme="jwt-hs256", name="old", condition=Condition(packages=("pyjwt==2.13.0",)))
REFUSED = ["tag", "refuse-figure", "refuse-figure"]


@pytest.mark.parametrize(
    ("arm", "crypto", "severities"),
    [
        # What is compared is the library's version: told, and nothing is refused.
        (OLD, {**HS256, "library": "PyJWT 2.13.0"}, ["tag"]),
        (OLD, {**HS256, "library": "PyJWT 2.13.0", "key_bits": 512}, REFUSED),
        (OLD.model_copy(update={"condition": Condition()}), {**HS256, "library": "PyJWT 2.13.0"}, REFUSED),
    ],
)
def test_a_condition_may_be_the_version_of_the_library(
    tmp_path: Path, arm: Arm, crypto: dict[str, str | int], severities: list[str]
) -> None:
    full = arm.model_copy(update={"name": "jwt-hs256"})
    arms = [*experiment().arms[:3], Arm(scheme="jwt-hs256", name=LEAN), full]
    mini = MiniRun(arms=arms, compare=[(LEAN, "jwt-hs256")])
    servers = mini.manifest["servers"]
    for label, found in ((LEAN, {**HS256, "library": "PyJWT 2.15.1"}), ("jwt-hs256", crypto)):
        servers[label] = servers[label].model_copy(update={"crypto": found})
    findings = list(Algorithms().check_run(load_run(mini.write(tmp_path))))
    assert [finding.severity for finding in findings] == severities
    assert "PyJWT 2.15.1 signs for one and PyJWT 2.13.0 for the other" in findings[0].sentence
