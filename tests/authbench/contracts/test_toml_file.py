"""A TOML file becomes a model, or one line that says what to change."""

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from pydantic import ValidationError

from analysis.advice.context import Context
from analysis.capacity.demand import Demand
from authbench.contracts.experiment import Experiment, Workload
from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import Hosts
from authbench.contracts.replication.claim import Claim
from authbench.contracts.target.target_file import Target
from authbench.contracts.toml_file import Table, read_model, read_toml
from servers.authorization_server.clients import OAuthClient


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_byte_order_mark_is_no_part_of_the_file(tmp_path: Path, mark: bytes) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(mark + b"x = 1\n")
    assert read_toml(file) == {"x": 1}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file"),
        (b"x = ", "not TOML"),
        ("x = 1".encode("utf-16"), "not TOML"),
        (b"x = '\xff'", "not TOML"),
    ],
)
def test_what_is_none_is_one_line(tmp_path: Path, content: bytes | None, told: str) -> None:
    file = tmp_path / "a.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Failure, match=told) as caught:
        read_toml(file)
    assert str(file) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_the_nearest_key_is_that_of_the_table_it_stands_in(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    file.write_text("[[arms]]\nscheme = 'none'\ncondition = { store_rt_ms = 2 }\n")
    with pytest.raises(
        Failure, match=r"unknown key 'arms\.0\.condition\.store_rt_ms'; did you mean 'store_rtt_ms'"
    ):
        read_model(file, Experiment)
    file.write_text("[[arms]]\nschem = 'none'\n")
    with pytest.raises(Failure, match="did you mean 'scheme'"):
        read_model(file, Experiment)
    file.write_text("growht = 2\n")
    with pytest.raises(Failure, match=r"a\.toml: unknown key 'growht'; did you mean 'growth'"):
        read_model(file, Demand)


FILES: tuple[type[Table], ...] = (Claim, Context, Demand, Experiment, Hosts, OAuthClient, Target, Workload)
"""The models of all files that a person writes; of OAuth clients, one table of the file."""
VALUES = {
    "boolean": True,
    "integer": 3,
    "number": 1.5,
    "string": "2000",
    "date": date(2026, 11, 1),
    "array": [1],
    "object": {"a": 1},
}
"""A value of each type that TOML has, by the type's name in a JSON schema."""
WORDS = {
    "boolean": ("true or false",),
    "integer": ("a whole number",),
    "number": ("a number",),
    "string": ("a text, in quotation marks,", "'"),
    "date": ("a date",),
    "array": ("a list, in brackets,", "]], a table each,"),
    "object": ("a table of keys",),
}


class Place(NamedTuple):
    """A place in a file where a value may stand."""

    path: tuple[str | int, ...]
    key: str
    """As a message names it: a list and a table of any keys are named, and not what is in them."""
    kinds: frozenset[str]
    """What the JSON schema of the model, which pydantic makes, wants there."""


def places(
    schema: Any, defined: Any, path: tuple[str | int, ...] = (), key: str = "", prefix: str = ""
) -> Iterator[Place]:
    """Every place below this one, by the schema of a model. `prefix`: of the keys in the table here."""
    alternatives = list(_alternatives(schema, defined))
    if path:
        yield Place(path, key, frozenset(map(_kind, alternatives)))
    for each in alternatives:
        for name, inner in each.get("properties", {}).items():
            own = f"{prefix}.{name}" if prefix else name
            yield from places(inner, defined, (*path, name), own, own)
        in_list = each.get("items") or next(iter(each.get("prefixItems", [])), None)
        for place, inner in ((0, in_list), ("x", each.get("additionalProperties"))):
            if isinstance(inner, dict):
                yield from places(inner, defined, (*path, place), key, f"{key}.{place}")


def _alternatives(schema: Any, defined: Any) -> Iterator[Any]:
    if "$ref" in schema:
        yield from _alternatives(defined[schema["$ref"].rpartition("/")[2]], defined)
    elif "anyOf" in schema:
        for each in schema["anyOf"]:
            yield from _alternatives(each, defined)
    elif schema.get("type") != "null":
        yield schema


def _kind(schema: Any) -> str:
    if schema.get("format") == "date":
        return "date"
    return str(schema.get("type", "string" if "const" in schema else "anything"))


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name} = {_toml(inner)}" for name, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def _at(path: tuple[str | int, ...], value: Any) -> Any:
    for name in reversed(path):
        value = [value] if isinstance(name, int) else {name: value}
    return value


@pytest.mark.parametrize("model", FILES)
def test_a_value_of_another_type_is_one_line_that_names_the_key_and_what_is_wanted(
    tmp_path: Path, model: type[Table]
) -> None:
    """No key of any file takes true for a number, a text for a number, a number for a text, and so on."""
    schema, file, tried = model.model_json_schema(), tmp_path / "a.toml", 0
    for place in places(schema, schema.get("$defs", {})):
        for kind, value in VALUES.items():
            a_number = kind == "integer" and "number" in place.kinds
            if a_number or kind in place.kinds or "anything" in place.kinds:
                continue
            ((name, inner),) = _at(place.path, value).items()
            file.write_text(f"{name} = {_toml(inner)}\n")
            with pytest.raises(Failure) as refused:
                read_model(file, model)
            told = str(refused.value)
            assert _names(told, place.key), (place, value, told)
            words = [word for each in place.kinds for word in WORDS[each]]
            assert any(word in told for word in words), (place, value, told)
            assert "\n" not in told
            tried += 1
    assert tried > 5


def _names(told: str, key: str) -> bool:
    """Whether the key is named: by its path, or, in one of several forms of a table, with that form."""
    table, _, name = key.rpartition(".")
    form = told.startswith(f"a.toml: {table}: ") and f"{{ {name} = " in told
    return form or told.startswith(f"a.toml: {key}: ")


def test_a_value_that_would_be_turned_into_another_is_told_as_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    for text, told in (
        ("slice_s = true", "slice_s: a number of seconds is wanted, not True"),
        ("cycles = 4.0", "cycles: a whole number is wanted, not 4.0"),
        ("cycles = '4'", "cycles: a whole number is wanted, not '4'"),
        ("ladder_shares = [0.5, true]", "ladder_shares: a number is wanted, not True"),
        ("question = 1", "question: a text, in quotation marks, is wanted, not 1"),
        ("arms = 3", "arms: a list, in brackets, is wanted, not 3"),
        ("slice_s = inf", "slice_s: Input should be a finite number"),
    ):
        file.write_text(text)
        with pytest.raises(Failure) as refused:
            read_model(file, Experiment)
        assert str(refused.value) == f"a.toml: {told}"
    file.write_text("processes.server = true")
    with pytest.raises(
        Failure, match=r"processes\.server: 'listening' or a list, in brackets, or a table of keys is wanted"
    ):
        read_model(file, Target)
    file.write_text("processes.server = [1, true]")
    with pytest.raises(Failure, match=r"processes\.server: a whole number is wanted, not True"):
        read_model(file, Target)


def test_what_was_read_is_read_again_from_a_record(tmp_path: Path) -> None:
    file = tmp_path / "a.toml"
    table = "currency = 'EUR', date = 2026-11-01, source = 'us', per_core_hour = 1, per_store_node_hour = 1"
    file.write_text(f"peak_rps = 1\nprices = {{ {table} }}\n")
    demand = read_model(file, Demand)
    assert Demand.model_validate_json(demand.model_dump_json()) == demand
    with pytest.raises(ValidationError, match="a number of requests per second is wanted, not '1'"):
        Demand.model_validate_json('{"peak_rps": "1"}')
    quoted = table.replace("2026-11-01", "'2026-11-01'")
    file.write_text(f"peak_rps = 1\nprices = {{ {quoted} }}\n")
    with pytest.raises(Failure, match=r"prices\.date: a date such as 2026-11-01 is wanted, not '2026-11-01'"):
        read_model(file, Demand)


def test_brackets_without_end_are_one_line(tmp_path: Path) -> None:
    (tmp_path / "deep.toml").write_text(f"a = {'[' * 5000}")
    with pytest.raises(Failure, match=r"deep.toml: not TOML that can be read: brackets in brackets"):
        read_toml(tmp_path / "deep.toml")


@pytest.mark.parametrize("value", [r'"\u0000"', r'["\u0000"]', r'{ a = "\u0000" }'])
def test_a_text_with_nul_is_refused_wherever_it_stands(tmp_path: Path, value: str) -> None:
    class File(Table):
        key: str | list[str] | dict[str, str]

    (tmp_path / "nul.toml").write_text(f"key = {value}")
    with pytest.raises(Failure, match=r"nul.toml: key: a text without the character NUL is wanted"):
        read_model(tmp_path / "nul.toml", File)
