"""Describe the service that a decision is for: a TOML file with units in its keys."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, Field

from authbench.contracts.toml_file import Table

Client = Literal["browser", "spa", "mobile", "service"]
"""browser: pages that the browser asks for by itself. spa: script in a page that calls the API. mobile: an
application on a device. service: another service."""

_YEAR_S = 366 * 86_400


class Service(Table):
    """What the service is made of."""

    clients: list[Client] = Field(default=[], description="who sends requests; empty: not said")
    regions: int = Field(default=1, ge=1, le=100, description="in how many regions requests are answered")
    one_process: bool = Field(
        default=False, description="true: one process serves everything, and may forget logins at a restart"
    )


class Threats(Table):
    """What the team expects somebody to do. Each is false unless said."""

    xss_likely: bool = Field(default=False, description="script of others runs in the pages now and then")
    sibling_hosts: bool = Field(
        default=False, description="other hosts of the same registrable domain are not trusted"
    )
    untrusted_verifiers: bool = Field(
        default=False, description="some nodes that verify credentials must not be able to issue them"
    )
    regulated: bool = Field(
        default=False,
        description="OWASP ASVS 5.0 7.4.1 and 7.4.2 are demanded: a login that has ended does nothing more",
    )


class Requirements(Table):
    """What must hold. A requirement that is not given excludes nothing."""

    max_revocation_s: float | None = Field(
        default=None,
        ge=0,
        le=_YEAR_S,
        description="longest time a credential outlives its logout, seconds",
    )
    max_role_change_s: float | None = Field(
        default=None, ge=0, le=_YEAR_S, description="longest time until a changed role is in force, seconds"
    )
    max_disabled_s: float | None = Field(
        default=None, ge=0, le=_YEAR_S, description="longest time a disabled account is let in, seconds"
    )
    serves_without_store: bool = Field(
        default=False, description="requests are answered while the store is away"
    )
    peak_rps: float | None = Field(
        default=None, gt=0, le=1e8, description="authenticated requests per second at the peak to plan for"
    )
    p99_ms: float | None = Field(
        default=None, ge=1, le=60_000, description="objective: p99 of the response time, milliseconds"
    )


class Context(Table):
    """The whole file. See docs/context.example.toml."""

    title: str = Field(
        default="Authenticate requests with a session or with a token",
        min_length=1,
        max_length=120,
        pattern=r"^[^\n]*[A-Za-z0-9][^\n]*$",
        description="of the record",
    )
    problem: str = Field(default="", description="what has to be decided, in your words")
    decision_makers: list[str] = Field(default=[], description="who decides")
    options: list[str] = Field(
        default=[], description="schemes that are considered beside those of the run; empty: one of each kind"
    )
    service: Service = Service()
    threats: Threats = Threats()
    requirements: Requirements = Requirements()

    def said(self) -> Iterator[tuple[str, str]]:
        """What was said of service, threats and requirements: ('requirements.max_revocation_s', '60')."""
        for table in ("service", "threats", "requirements"):
            model: BaseModel = getattr(self, table)
            for key in type(model).model_fields:
                value = getattr(model, key)
                if value != type(model).model_fields[key].default:
                    yield f"{table}.{key}", shown(value)


def shown(value: object) -> str:
    """A value as TOML has it, lists and numbers in short."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:.9g}" if isinstance(value, float) else str(value)
