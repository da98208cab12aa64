"""A TOML file becomes a model, or one clear line."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from authbench.contracts.card import Operation
from authbench.contracts.experiment import (
    SET_BY_HARNESS,
    Arm,
    Condition,
    Experiment,
    Workload,
    find_experiment,
    find_workload,
    shipped,
)
from authbench.contracts.failure import ExitCode, Failure
from servers.contract.settings import ServerSettings


def _changed(tmp_path: Path, old: str, new: str) -> str:
    text = shipped("experiments")["smoke"].read_text("utf-8")
    assert old in text
    path = tmp_path / "mine.toml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return str(path)


@pytest.mark.parametrize("name", sorted(shipped("experiments")))
def test_every_shipped_experiment_is_valid_and_named_after_its_file(name: str) -> None:
    experiment = find_experiment(name)
    assert experiment.name == name
    assert find_workload(experiment.workload).name == experiment.workload
    assert experiment.control == "none"
    original = "none" if name == "calibrate" else "session-redis"
    assert experiment.twin == (f"{original} (twin)", original)


@pytest.mark.parametrize("name", sorted(shipped("workloads")))
def test_every_shipped_workload_is_valid_and_named_after_its_file(name: str) -> None:
    assert find_workload(name).name == name


@pytest.mark.parametrize("model", [Experiment, Workload])
def test_every_key_says_what_it_means(model: type[Experiment] | type[Workload]) -> None:
    assert all(field.description for field in model.model_fields.values() if field.annotation is not list)


def test_outside_smoke_there_are_at_least_five_generations() -> None:
    for name in shipped("experiments"):
        experiment = find_experiment(name)
        assert experiment.judged_by == "correctness" or experiment.generations_min >= 5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("slice_s = 0.25", "slice_ss = 0.25", "unknown key 'slice_ss'; did you mean 'slice_s'?"),
        ('role = "control"', 'rol = "control"', "unknown key 'arms.0.rol'; did you mean 'role'?"),
        ("slice_s = 0.25", "slice_s = 0", "slice_s: Input should be greater than 0"),
        ("slice_s = 0.25", "slice_s = ", "not TOML"),
        (
            "slice_s = 0.25",
            'cached = [{ hit = "jwt-hs256", miss = "jwt-hs265", window_s = 5 }]\nslice_s = 0.25',
            "cached: the arm 'jwt-hs256' must have cache = 'hit'",
        ),
        (
            "slice_s = 0.25",
            'cached = [{ hit = "jwt-hs265", miss = "jwt-hs256", window_s = 5 }]\nslice_s = 0.25',
            "cached names 'jwt-hs265', which is no arm",
        ),
        ('role = "twin"', 'role = "arm"', "two arms have the same name"),
        ('role = "control"', 'role = "arm"', "exactly one arm must have role = 'control'"),
        ('"jwt-hs256"], ["session', '"jwt-hs265"], ["session', "compare names 'jwt-hs265', which is no arm"),
        (
            "generations_max = 1",
            "generations_max = 0",
            "generations_max: Input should be greater",
        ),
        ('name = "smoke"\n', "", "name: Field required"),
        (
            "cycles = 3",
            'cycles = 3\nstages = [["none", "session-memory", "jwt-hs265"]]',
            "stages names 'jwt-hs265', which is no arm",
        ),
        (
            "cycles = 3",
            'cycles = 3\nstages = [["session-memory", "none", "jwt-hs256"]]',
            "a chain of stages begins with the control 'none'",
        ),
        ("cycles = 3", 'cycles = 3\nstages = [["none", "jwt-hs256"]]', "has one rung or more"),
        (
            "cycles = 3",
            'cycles = 3\nstages = [["none", "session-memory", "none"]]',
            "a chain of stages names an arm twice",
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(Failure) as caught:
        find_experiment(_changed(tmp_path, old, new))
    assert message in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "payload_byts = 64",
            "settings of arm 'jwt-hs256': unknown key 'payload_byts'; did you mean 'payload_bytes'?",
        ),
        (
            "payload_bytes = '64'",
            "settings of arm 'jwt-hs256': payload_bytes: Input should be a valid integer",
        ),
        ("payload_bytes = -1", "payload_bytes: Input should be greater than or equal to 0"),
        ("store_connections = 1", "store_connections_warm is above store_connections"),
        ("workers = 2", "'workers' is set by the harness"),
    ],
)
def test_a_wrong_setting_of_an_arm_is_one_line(tmp_path: Path, settings: str, message: str) -> None:
    old = '{ scheme = "jwt-hs256" }'
    file = _changed(tmp_path, old, f'{{ scheme = "jwt-hs256", settings = {{ {settings} }} }}')
    with pytest.raises(Failure) as caught:
        find_experiment(file, ServerSettings)
    assert message in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert caught.value.exit_code is ExitCode.USAGE


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("packages = ['pyjwt>=2.13']", "'pyjwt>=2.13' is not one exact version: write name==version"),
        ("without_packages = ['hiredis==3']", "'hiredis==3' is not the name of a package"),
        ("packages = ['a==1'], without_packages = ['A']", "the package 'a' is named twice"),
        ("package = ['a==1']", "did you mean 'packages'?"),
        ("packages = 'a==1'", "arms.4.condition.packages: a list, in brackets, is wanted"),
    ],
)
def test_a_wrong_package_of_an_arm_is_one_line(tmp_path: Path, condition: str, message: str) -> None:
    old = '{ scheme = "jwt-hs256" }'
    with pytest.raises(Failure) as caught:
        find_experiment(_changed(tmp_path, old, f'{{ scheme = "jwt-hs256", condition = {{ {condition} }} }}'))
    assert message in str(caught.value)
    assert "mine.toml" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_only_named_packages_need_an_environment() -> None:
    assert not Condition(workers=2, fresh_connections=True).own_environment
    for named in (
        Condition(packages=("a==1",)),
        Condition(extra_packages=("a==1",)),
        Condition(without_packages=("a",)),
    ):
        assert named.own_environment


def test_the_experiment_of_versions_has_the_locked_one_too() -> None:
    """In an environment of its own: against the arm without one it tests environments, and nothing else."""
    own = {arm.label: arm.condition.packages for arm in find_experiment("versions").arms}
    lock = (Path(__file__).parents[3] / "requirements.lock").read_text("utf-8")
    (locked,) = own["jwt-hs256 with PyJWT 2.15.1"]
    assert f"{locked} " in lock


@pytest.mark.parametrize("name", sorted(shipped("experiments")))
def test_every_shipped_experiment_sets_what_a_server_knows(name: str) -> None:
    assert find_experiment(name, ServerSettings) == find_experiment(name)
    assert ServerSettings.model_fields.keys() > SET_BY_HARNESS


def test_an_unknown_name_is_told_with_the_nearest_known_one_or_all() -> None:
    with pytest.raises(Failure, match=r"unknown experiment 'quik': did you mean 'quick'\?; or give a file"):
        find_experiment("quik")
    with pytest.raises(Failure, match=r"unknown experiment 'x/y.toml': known are algorithms, .*, quick, "):
        find_experiment("x/y.toml")
    with pytest.raises(Failure, match="unknown workload 'wrote': known are "):
        find_workload("wrote")


def test_a_password_never_gets_into_a_recorded_setting() -> None:
    url = "postgresql+asyncpg://ada:secret@127.0.0.1/sessions"
    with pytest.raises(ValueError, match="PGPASSWORD") as caught:
        Arm(scheme="session-sql", settings={"session_database_url": url})
    assert "secret" not in str(caught.value.errors()[0]["msg"])  # type: ignore[attr-defined]
    assert Arm(scheme="session-sql", settings={"session_database_url": "sqlite+aiosqlite:///x"}).settings


DEFAULTS = {
    "session-redis-throttled": "session_touch_s",
    "session-redis-near-cache": "session_absolute_s",
    "session-cookie-cache": "cookie_cache_s",
    "jwt-cached": "token_lifetime_s",
    "opaque-redis-cached": "opaque_cache_s",
    "jwt-not-before-cached": "not_before_cache_s",
}
"""How long each scheme uses what it cached: a setting."""


CLAIMED = {"published-read"}
"""What somebody claims of a hit needs no miss beside it."""


@pytest.mark.parametrize("name", sorted(shipped("experiments").keys() - CLAIMED))
def test_a_cached_scheme_is_measured_at_a_hit_and_at_a_miss_and_its_window_is_the_default(name: str) -> None:
    experiment = find_experiment(name, ServerSettings)
    schemes = {arm.label: arm.scheme for arm in experiment.arms}
    assert {schemes[pair.hit] for pair in experiment.cached} == set(schemes.values()) & DEFAULTS.keys()
    for pair in experiment.cached:
        setting = DEFAULTS[schemes[pair.hit]]
        assert pair.window_s == ServerSettings.model_fields[setting].default


@pytest.mark.parametrize(
    "change",
    [{"scheme": "jwt-rs256"}, {"condition": Condition(tls=True)}, {"condition": Condition(workers=2)}],
)
def test_a_pair_differs_in_its_cache_alone(change: dict[str, Any]) -> None:
    experiment = find_experiment("algorithms")
    changed = {"jwt-cached miss": change}
    arms = [arm.model_copy(update=changed.get(arm.label)).model_dump() for arm in experiment.arms]
    with pytest.raises(ValidationError, match="cache"):
        Experiment.model_validate(experiment.model_dump() | {"arms": arms}, strict=False)


def test_an_arm_can_be_asked_one_operation_alone() -> None:
    workload = find_workload("mixed")
    assert workload.alone(None) is workload
    alone = workload.alone(Operation.LOGIN)
    assert [(part.operation, part.share) for part in alone.operations] == [(Operation.LOGIN, 1)]
    assert alone.housekeeping == []
    assert alone.credentials == workload.credentials


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            '{ scheme = "jwt-hs256" }',
            '{ scheme = "jwt-hs256", operation = "login" }',
            "compare: 'session-redis' and 'jwt-hs256' are asked different operations",
        ),
        (
            'role = "control" }',
            'role = "control", operation = "login" }',
            "the control must be asked the workload",
        ),
        (
            'role = "twin" }',
            'role = "twin", operation = "login" }',
            "exactly one arm must have role = 'twin'",
        ),
    ],
)
def test_arms_are_compared_in_what_they_are_asked(tmp_path: Path, old: str, new: str, message: str) -> None:
    with pytest.raises(Failure, match=message):
        find_experiment(_changed(tmp_path, old, new))
