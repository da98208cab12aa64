"""Read a TOML file that a person wrote: a model, or a Failure in one line that says what to change."""

import difflib
import tomllib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from authbench.contracts.failure import Failure

_Model = TypeVar("_Model", bound="Table")
_UNITS = {"s": "seconds", "rps": "requests per second", "ms": "milliseconds"}
_ORDER = {"extra_forbidden": 0, "missing": 2}
"""Which of several complaints is told, by pydantic's type of it: the lowest, 1 where none is given."""


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of the file. Failure in one line if it cannot be read or is no TOML."""
    try:
        # utf-8-sig: some editors begin a file with a byte order mark, which TOML 1.0 does not know.
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except RecursionError:
        raise Failure(f"{path}: not TOML that can be read: brackets in brackets, hundreds of them") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: not TOML in UTF-8: {error}") from None


def read_model(path: Path, model: type[_Model]) -> _Model:
    """The file as a `model`. Failure in one line, with the nearest known key, if it is none."""
    tables = read_toml(path)
    try:
        return model.model_validate(tables)
    except ValidationError as error:
        raise Failure(explain(error, model, path.name)) from None


def explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """The first complaint of pydantic as one line: the key's path, and the nearest known key."""
    # A misspelt key is also a missing one: the spelling is the mistake.
    complaint = min(error.errors(), key=lambda each: _ORDER.get(each["type"], 1))
    key = ".".join(str(part) for part in complaint["loc"]) or "file"
    if complaint["type"] == "extra_forbidden":
        known = _model_at(model, complaint["loc"][:-1]).model_fields
        return f"{where}: unknown key {key!r}; {hint(str(complaint['loc'][-1]), known)}"
    return f"{where}: {key}: {complaint['msg'].removeprefix('Value error, ')}"


class Table(BaseModel):
    """A table whose values are of the type that its keys want: nothing is turned into it.

    Every model of a file that a person writes is one, and so are the models of the tables in it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_of_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        name = info.field_name or ""
        annotation = cls.model_fields[name].annotation
        # JSON, in which records have what was read, has no dates: they are texts there.
        if info.mode == "python" or date not in _alternatives(annotation):
            _refuse_other_type(name, value, annotation)
        return value


def _refuse_other_type(key: str, value: Any, annotation: Any) -> None:
    """ValueError for what pydantic would turn into something else: 'yes' into true, true into 1, '5' into 5.

    `annotation`: of the key's field; `key` ends with its unit where it has one. None is what a record has
    where a file leaves the key out.
    """
    kinds = [kind for kind in _alternatives(annotation) if kind is not NoneType]
    fitting = next((kind for kind in kinds if _fits(value, kind)), None)
    if isinstance(value, str) and "\0" in value:  # TOML knows it; no path, program or URL can have it
        raise ValueError("a text without the character NUL is wanted")
    if fitting is not None:
        for part, kind in _parts(value, fitting):
            _refuse_other_type(key, part, kind)
    elif value is not None:
        wanted = " or ".join(dict.fromkeys(_words(key, kind, value) for kind in kinds))
        raise ValueError(f"{wanted} is wanted, not {_shown(value)}")


def _alternatives(annotation: Any) -> Iterator[Any]:
    """The types of which a value may be: those of a union, one by one; of others the type alone."""
    if get_origin(annotation) is Annotated:
        annotation = get_args(annotation)[0]
    if get_origin(annotation) in (Union, UnionType):
        for one in get_args(annotation):
            yield from _alternatives(one)
    else:
        yield annotation


def _fits(value: Any, kind: Any) -> bool:
    """Whether the value is of this type as TOML writes it. What is in a list or a table is not looked at."""
    kind = get_origin(kind) or kind
    if kind in (list, tuple):
        return isinstance(value, list | tuple)
    if isinstance(kind, type) and issubclass(kind, dict | BaseModel):
        return isinstance(value, dict | BaseModel)
    wanted, other = _PYTHON.get(kind, ((str, Path), ()))  # texts, paths, and a choice of texts
    return kind is Any or (isinstance(value, wanted) and not isinstance(value, other))


_PYTHON: dict[Any, tuple[Any, Any]] = {
    bool: (bool, ()),
    int: (int, bool),
    float: ((int, float), bool),
    date: (date, datetime),
}
"""By the type of a key: the classes of its values in TOML, and which of these are of another type there."""


def _parts(value: Any, kind: Any) -> Iterator[tuple[Any, Any]]:
    """Each value in a list or a table, with the annotation it has there. A model looks after its own."""
    origin, inner = get_origin(kind), get_args(kind)
    if origin is dict:
        yield from ((each, inner[1]) for each in value.values())
    elif origin is list or inner[1:] == (...,):
        yield from ((each, inner[0]) for each in value)
    elif origin is tuple:
        yield from zip(value, inner, strict=False)  # pydantic tells of too many and of too few


def _words(key: str, kind: Any, value: Any) -> str:
    """What is wanted, in words; `value` is there instead."""
    origin = get_origin(kind) or kind
    unit = _UNITS.get(key.rpartition("_")[2], "")
    if origin is Literal or (isinstance(origin, type) and issubclass(origin, Enum)):
        choices = get_args(kind) or tuple(each.value for each in kind)
        return " or ".join(map(repr, choices))
    if origin in (int, float):
        return f"a {'whole ' if origin is int else ''}number{f' of {unit}' if unit else ''}"
    if origin in (list, tuple):
        return f"[[{key}]], a table each," if isinstance(value, dict) else "a list, in brackets,"
    if isinstance(origin, type) and issubclass(origin, dict | BaseModel):
        return "a table of keys"
    return _SCALARS.get(origin, "a text, in quotation marks,")


_SCALARS = {bool: "true or false", date: "a date such as 2026-11-01"}


def _shown(value: Any) -> str:
    """The value as a line has room for it."""
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)


def hint(misspelt: str, known: Iterable[str]) -> str:
    """The nearest known name, or all of them where none is near."""
    names = list(known)
    near = difflib.get_close_matches(misspelt, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(names)}"


def _model_at(model: type[BaseModel], path: tuple[int | str, ...]) -> type[BaseModel]:
    """The model that describes the table at this path of keys and positions in lists."""
    for name in path:
        field = model.model_fields.get(str(name))
        if field is not None:
            model = next(_models_in(field.annotation), model)
    return model


def _models_in(annotation: Any) -> Any:
    """The models that an annotation names, also inside a list or an optional."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (list, tuple, Union, UnionType):
        for inner in get_args(annotation):
            yield from _models_in(inner)
