"""Read a TOML file that a person wrote: a model, or a Failure in one line that says what to change."""

import difflib
import tomllib
from collections.abc import Iterable
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError, ValidationInfo, field_validator

from authbench.contracts.failure import Failure

_Model = TypeVar("_Model", bound=BaseModel)
_UNITS = {"s": "seconds", "rps": "requests per second", "ms": "milliseconds"}


def read_toml(path: Path) -> dict[str, Any]:
    """The tables of the file. Failure in one line if it cannot be read or is no TOML."""
    try:
        # utf-8-sig: some editors begin a file with a byte order mark, which TOML 1.0 does not know.
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise Failure(f"{path}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Failure(f"{path}: not TOML in UTF-8: {error}") from None


def read_model(path: Path, model: type[_Model]) -> _Model:
    """The file as a `model`. Failure in one line, with the nearest known key, if it is none."""
    tables = read_toml(path)
    try:
        return model.model_validate(tables, strict=False)
    except ValidationError as error:
        raise Failure(explain(error, model, path.name)) from None


def explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """The first complaint of pydantic as one line: the key's path, and the nearest known key."""
    # A misspelt key is also a missing one: the spelling is the mistake.
    complaint = min(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
    key = ".".join(str(part) for part in complaint["loc"]) or "file"
    if complaint["type"] == "extra_forbidden":
        known = _model_at(model, complaint["loc"][:-1]).model_fields
        return f"{where}: unknown key {key!r}; {hint(str(complaint['loc'][-1]), known)}"
    if complaint["type"] == "model_type":
        return f"{where}: {key}: a table of keys is wanted, not {complaint['input']!r}"
    if complaint["type"] in ("tuple_type", "list_type"):
        tables = isinstance(complaint["input"], dict)
        return f"{where}: {key}: {f'[[{key}]], a table each' if tables else 'a list, in brackets'}, is wanted"
    return f"{where}: {key}: {complaint['msg'].removeprefix('Value error, ')}"


class Table(BaseModel):
    """A table whose values are of the type that its keys want: nothing is turned into it."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _is_of_its_type(cls, value: Any, info: ValidationInfo) -> Any:
        name = info.field_name or ""
        _refuse_other_type(name, value, cls.model_fields[name].annotation)
        return value


def _refuse_other_type(key: str, value: Any, annotation: Any) -> None:
    """ValueError for what pydantic would turn into something else: 'yes' into true, true into 1, '5' into 5.

    `annotation`: of the key's field; `key` ends with its unit where it has one.
    """
    kinds = get_args(annotation) or (annotation,)
    if value is None and type(None) in kinds:
        return
    if bool in kinds and not isinstance(value, bool):
        raise ValueError(f"true or false is wanted, not {value!r}")
    numeric = isinstance(value, int | float) and not isinstance(value, bool)
    if not numeric and (float in kinds or int in kinds):
        unit = _UNITS.get(key.rpartition("_")[2], "")
        raise ValueError(f"a number{f' of {unit}' if unit else ''} is wanted, not {value!r}")


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
