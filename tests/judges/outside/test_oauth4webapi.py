"""What the flow prints, read by topic; what is pinned is locked without an address."""

import json
from pathlib import Path

from judges.outside.oauth4webapi import Oauth4webapi, heard

_TOOLS = Path(__file__).parents[3] / "judges" / "tools" / "oauth4webapi"


def _line(topic: str, wrong: str | None = None, not_run: str | None = None) -> str:
    return json.dumps({"topic": topic, "check": "no verifier", "wrong": wrong, "not_run": not_run}) + "\n"


def test_checks_are_counted_by_topic() -> None:
    said = heard(
        _line("PKCE") + _line("PKCE", "it was not refused") + _line("way back"), ["PKCE", "way back"]
    )
    assert (said["PKCE"].tried, said["way back"].tried) == (2, 1)
    assert [(each.check, each.what) for each in said["PKCE"].objections] == [
        ("no verifier", "it was not refused")
    ]
    assert not said["way back"].objections


def test_a_check_that_could_not_be_made_is_no_objection() -> None:
    said = heard(_line("PKCE", not_run="no login form: status 503"), ["PKCE"])
    assert (said["PKCE"].tried, said["PKCE"].not_run) == (0, "no login form: status 503")


def test_the_script_has_a_part_for_each_topic() -> None:
    script = (_TOOLS / "flow.mjs").read_text("utf-8")
    for topic in Oauth4webapi.topics:
        assert f'"{topic.name}": async' in script


def test_the_lock_file_has_the_pinned_version_its_hash_and_no_address() -> None:
    wanted = json.loads((_TOOLS / "package.json").read_text("utf-8"))["dependencies"]["oauth4webapi"]
    locked = json.loads((_TOOLS / "package-lock.json").read_text("utf-8"))["packages"]
    library = locked["node_modules/oauth4webapi"]
    assert library["version"] == wanted
    assert library["integrity"].startswith("sha512-")
    assert not any("resolved" in each for each in locked.values())
