"""A target file (TOML): a service that is not ours, how its users log in, and what is asked of it.

What the file does not say is not measured: no key has a default that guesses something of the service.
"""

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from authbench.contracts.failure import Failure
from authbench.contracts.toml_file import Table, read_model

NAME = r"^[a-z0-9][a-z0-9-]*$"


def _sendable_path(path: str) -> str:
    """The path, if a request line can have it (RFC 9112 section 3.2). ValueError if not."""
    if not re.fullmatch(r"/[!-\"$-~]*", path):
        raise ValueError("a path begins with / and is ASCII without spaces and #: others are written as %XX")
    return path


def _sendable_name(name: str) -> str:
    """The name, if a header can have it (RFC 9110 section 5.1). ValueError if not."""
    if not re.fullmatch(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", name):
        raise ValueError("the name of a header has letters, digits and hyphens only")
    return name


_Path = Annotated[
    str, AfterValidator(_sendable_path), Field(description="path and query of a request, beginning with /")
]
_HeaderName = Annotated[str, AfterValidator(_sendable_name)]


class Source(Table):
    """Where a reply has a value: exactly one of the three."""

    cookie: str | None = Field(default=None, description="name of a cookie that the reply sets")
    pointer: str | None = Field(
        default=None, pattern=r"^(/[^/]*)+$", description="JSON pointer into the body (RFC 6901)"
    )
    header: str | None = Field(default=None, description="name of a header of the reply")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum(one is not None for one in (self.cookie, self.pointer, self.header)) != 1:
            raise ValueError("give one of cookie, pointer and header: where the reply has the value")
        return self

    @property
    def words(self) -> str:
        """'cookie sid', 'JSON pointer /access_token'."""
        if self.cookie is not None:
            return f"cookie {self.cookie}"
        return f"JSON pointer {self.pointer}" if self.pointer is not None else f"header {self.header}"


class Step(Table):
    """A request that the recipe sends. Texts of `form` and `body` may have placeholders."""

    method: Literal["GET", "POST", "PUT"] = "POST"
    path: _Path
    status: int = Field(default=200, ge=200, lt=400, description="of the reply where it succeeds")
    form: dict[str, str] | None = Field(default=None, description="fields of a form")
    body: dict[str, Any] | None = Field(default=None, description="a JSON object")
    headers: dict[_HeaderName, str] = Field(
        default={}, description="further headers; their texts as those of form"
    )

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.form is not None and self.body is not None:
            raise ValueError("give form or body, not both")
        try:
            json.dumps(self.body, allow_nan=False)
        except (TypeError, ValueError):
            # TOML has dates and infinite numbers.
            raise ValueError("body is sent as JSON, which has no dates: write them as text") from None
        return self

    @property
    def request(self) -> str:
        """Method and path: 'POST /login'."""
        return f"{self.method} {self.path}"

    def names(self, placeholder: str) -> bool:
        """Whether a text of form, body or headers has this placeholder, such as 'password'."""
        return f"{{{placeholder}}}" in repr((self.form, self.body, self.headers))


class Csrf(Table):
    """A page that is asked for before the login, and the token that the login repeats."""

    path: _Path
    status: int = Field(default=200, ge=200, lt=300)
    token: Source = Field(description="where the page has the token")
    send_header: _HeaderName | None = Field(
        default=None, description="the header of the login that repeats it"
    )
    send_field: str | None = Field(default=None, description="the field of form or body that repeats it")

    @model_validator(mode="after")
    def _sent_once(self) -> Self:
        if (self.send_header is None) == (self.send_field is None):
            raise ValueError("give send_header or send_field: how the login repeats the token")
        return self


class Login(Step):
    """The request that a user logs in with."""

    csrf: Csrf | None = Field(default=None, description="None: the login needs no token")

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        for placeholder in ("username", "password"):
            if not self.names(placeholder):
                raise ValueError(f"form, body or headers must have {{{placeholder}}} somewhere")
        if self.csrf is not None and self.csrf.send_field and self.form is None and self.body is None:
            raise ValueError("csrf.send_field needs form or body")
        return self


class CredentialRecipe(Source):
    """Where the login's reply has the credential, and how a request presents it."""

    present_header: _HeaderName | None = Field(
        default=None, description="name of the request's header; Cookie for a cookie, else Authorization"
    )
    present_value: str | None = Field(
        default=None, description="its value: NAME={credential} for a cookie, else Bearer {credential}"
    )

    @model_validator(mode="after")
    def _presents_it(self) -> Self:
        if self.present_value is not None and "{credential}" not in self.present_value:
            raise ValueError("present_value must have {credential} somewhere")
        return self

    def presented(self, credential: str) -> dict[str, str]:
        """The header of a request that carries the credential."""
        if self.cookie is not None and (self.present_header or "Cookie").lower() == "cookie":
            name, usual = "Cookie", f"{self.cookie}={{credential}}"
        else:
            name, usual = self.present_header or "Authorization", "Bearer {credential}"
        return {name: (self.present_value or usual).replace("{credential}", credential)}


class Lifetime(Table):
    """How long a credential is good: exactly one of these."""

    seconds: float | None = Field(default=None, gt=0, description="as the service's settings say")
    pointer: str | None = Field(
        default=None, pattern=r"^(/[^/]*)+$", description="JSON pointer to seconds in the login's reply"
    )
    jwt: bool = Field(default=False, description="the credential is a JWT: its claim exp")
    cookie: bool = Field(default=False, description="Max-Age or Expires of the credential's cookie")

    @model_validator(mode="after")
    def _one(self) -> Self:
        if sum((self.seconds is not None, self.pointer is not None, self.jwt, self.cookie)) != 1:
            raise ValueError("give one of seconds, pointer, jwt = true and cookie = true")
        return self


class Refresh(Step):
    """The request that renews a credential. Without it a credential is renewed by another login."""

    token: Source = Field(
        description="where the replies of login and refresh have the refresh token; form, body or headers "
        "repeat it as {refresh_token}, a cookie is sent back as a cookie"
    )

    @model_validator(mode="after")
    def _sends_it(self) -> Self:
        if self.token.cookie is None and not self.names("refresh_token"):
            raise ValueError("form, body or headers must have {refresh_token} somewhere")
        return self


class Endpoint(Table):
    """A protected resource, read with GET."""

    path: _Path
    status: int = Field(default=200, ge=200, lt=300, description="of the reply to a good credential")
    contains: str = Field(default="", description="text that the body must have; {username} is the user's")
    body: Literal["same", "any"] = Field(
        default="same",
        description="same: a credential gets the same bytes each time, and in the run no others are right; "
        "any: only the status is checked in the run",
    )
    slow: bool = Field(
        default=False, description="the resource itself is as dear as a login: the guard against that is off"
    )


class InContainer(Table):
    """All that runs, or has run, in a container of this machine."""

    container: str


class InCgroup(Table):
    """All that runs, or has run, in a control group of this machine."""

    cgroup: str


def _whose_cpu(given: Any) -> Any:
    """What is given, if it has one of the forms of `Which`. ValueError in one line if not."""
    match given:
        case "listening" | InContainer() | InCgroup():
            return given
        case list() if all(type(pid) is int for pid in given):
            return given
        case {"container": str(name), **others} if not others:
            if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", name):
                return given
            raise ValueError(f"{name!r} is no name or id of a container")
        case {"cgroup": str(path), **others} if path and not others:
            return given
    raise ValueError("'listening', [process ids], { container = 'NAME' } or { cgroup = 'PATH' } is wanted")


Listening = Literal["listening"]
ProcessIds = list[int]
Which = Annotated[Listening | ProcessIds | InContainer | InCgroup, BeforeValidator(_whose_cpu)]


class Processes(Table):
    """Whose CPU time is read. What is left out is not measured."""

    server: Which | None = Field(
        default=None,
        description="'listening': what listens on the port of base_url, and its children; process ids; a "
        "container by its name or id, as docker or podman knows it; a control group by its folder, or by its "
        "path below the top, as systemd tells it",
    )
    store: Which | None = Field(default=None, description="the same for the ports of redis_url and sql_url")


class Users(Table):
    """Users log in with names and passwords from a file."""

    file: Path = Field(description="CSV: columns username, password")
    count: int | None = Field(default=None, gt=0, description="use the first so many of them; None: all")


class Measuring(Table):
    """How long and how often. The words are those of an experiment."""

    slice_s: float = Field(default=2.0, gt=0, le=60)
    cycles: int = Field(default=4, ge=1, le=100)
    generations_min: int = Field(default=3, ge=1, le=100, description="rounds; the service is not restarted")
    generations_max: int = Field(default=6, ge=1, le=100)
    half_width: float = Field(default=0.05, gt=0, lt=1)
    margin: float = Field(default=0.05, gt=0, lt=1)
    rate_share: float = Field(default=0.4, gt=0, lt=1)
    rate_rps: float | None = Field(default=None, gt=0)
    closed_loop_s: float = Field(default=4.0, gt=0, le=60)


class Variant(Table):
    """One way to log in to the service, and what it is asked then: an arm of the run."""

    name: str = Field(pattern=NAME, description="the arm's name in tables")
    base_url: str | None = Field(default=None, description="of this variant, where it is not the file's")
    login: Login
    credential: CredentialRecipe
    lifetime: Lifetime
    refresh: Refresh | None = None
    endpoints: list[Endpoint] = Field(min_length=1, description="asked in equal parts")
    processes: Processes | None = Field(default=None, description="of this variant, where not the file's")


class Target(Table):
    """A target file describes a service, its users and its variants."""

    name: str = Field(pattern=NAME, description="part of the run's id")
    base_url: str = Field(description="scheme, host and port: http://127.0.0.1:8000")
    authority: Path | None = Field(
        default=None, description="PEM file of who signed the certificate; needed for https"
    )
    redis_url: str | None = Field(
        default=None,
        description="Redis whose commands are counted, those of others too; with a password give --redis-url "
        "instead",
    )
    sql_url: str | None = Field(
        default=None,
        description="PostgreSQL whose statements in that database are counted, those of others too; with a "
        "password give --sql-url instead",
    )
    users: Users
    processes: Processes = Processes()
    run: Measuring = Measuring()
    variants: list[Variant] = Field(
        min_length=1, description="the first is the baseline: it is measured twice, and the others against it"
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        names = [variant.name for variant in self.variants]
        if len(set(names)) != len(names):
            raise ValueError("two variants have the same name")
        for url in (self.base_url, *(variant.base_url for variant in self.variants)):
            if url is not None:
                _check_base(url, self.authority)
        counted = self.redis_url is not None or self.sql_url is not None
        if not counted and any(self.processes_of(one).store for one in self.variants):
            raise ValueError("processes.store needs redis_url or sql_url")
        if len({len(variant.endpoints) for variant in self.variants}) > 1:
            raise ValueError("each variant must have as many endpoints as the others: they do the same work")
        if self.run.generations_max < self.run.generations_min:
            raise ValueError("run.generations_max is below run.generations_min")
        return self

    def base_of(self, variant: Variant) -> str:
        """The base URL of a variant."""
        return variant.base_url or self.base_url

    def processes_of(self, variant: Variant) -> Processes:
        """Whose CPU is read for a variant."""
        return variant.processes or self.processes


def _check_base(url: str, authority: Path | None) -> None:
    """ValueError unless the URL is scheme, host and port, and nothing else."""
    try:
        parts = urlsplit(url)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        port_is_right = False
    if not port_is_right or parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("base_url is scheme, host and port, such as http://127.0.0.1:8000")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("base_url has scheme, host and port only: paths go to login and endpoints")
    if parts.scheme == "https" and authority is None:
        raise ValueError("https needs authority: the PEM file of who signed the service's certificate")


def read_target(path: Path) -> Target:
    """Read a target file; paths in it are relative to its folder. Failure in one line if it is wrong."""
    target = read_model(path, Target)
    users = target.users.model_copy(update={"file": path.parent / target.users.file})
    # Absolute: a load generator takes a relative path for a file that was sent to it.
    authority = (path.parent / target.authority).absolute() if target.authority else None
    if authority is not None and not authority.is_file():
        raise Failure(f"{path.name}: authority: there is no file {authority}")
    return target.model_copy(update={"users": users, "authority": authority})
