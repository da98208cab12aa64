"""Ask the rules everything that a page lets its reader ask, once, so that the page only looks up.

Rules that look at one key of the context are asked for each of its values. The clients, and the threats that
matter to browsers alone, are asked together. What a context means for a scheme is then the reasons of all
groups: `tests/analysis/advice/test_choices.py` holds that against `advise`.
"""

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple, get_args

from pydantic import BaseModel

from analysis.advice.advice import SENTENCES, Reason
from analysis.advice.advise import advise
from analysis.advice.context import Client, Context, Requirements, Service, Threats, shown
from analysis.records.summary import Summary
from analysis.report.panels.choices import AdvisedScheme, Choice, Choices, GivenReason, Group
from analysis.security.evidence import Evidence
from analysis.security.windows import seconds
from authbench.contracts.card import Card
from authbench.contracts.records import Manifest

_TABLES: Mapping[str, type[BaseModel]] = {
    "service": Service,
    "threats": Threats,
    "requirements": Requirements,
}
_CLIENTS = {
    "browser": "a browser that opens pages",
    "spa": "script in a page that calls the API",
    "mobile": "an application on a device",
    "service": "another service",
}
_WINDOWS_S = (None, 0.0, 5.0, 60.0, 300.0, 900.0, 3600.0)
_NUMBERS: Mapping[str, tuple[float | None, ...]] = {
    "service.regions": (1, 2, 3),
    "requirements.max_revocation_s": _WINDOWS_S,
    "requirements.max_role_change_s": _WINDOWS_S,
    "requirements.max_disabled_s": _WINDOWS_S,
    "requirements.p99_ms": (None, 5, 10, 20, 50, 100, 200, 500),
}
"""What may be chosen where the context has a number; the first says nothing."""
_TOGETHER = ("service.clients", "threats.xss_likely", "threats.sibling_hosts")
_ALONE = (
    "service.one_process",
    "service.regions",
    "threats.untrusted_verifiers",
    "threats.regulated",
    "requirements.max_revocation_s",
    "requirements.max_role_change_s",
    "requirements.max_disabled_s",
    "requirements.serves_without_store",
    "requirements.p99_ms",
)
GROUPS = (_TOGETHER, *((key,) for key in _ALONE))


class Asked(NamedTuple):
    """A question, and the values of its answers; `client`: they say whether it is one of the clients."""

    choice: Choice
    values: tuple[Any, ...]
    client: str = ""


def make_choices(
    summary: Summary, manifest: Manifest, cards: Mapping[str, Card], evidence: Evidence | None
) -> Choices | None:
    """The table for the run's schemes, and for others that have a card here; None: nobody is authenticated.

    A scheme of the run that is not among `cards` has the card that it was measured with.
    """
    own = manifest.cards | manifest.default_cards
    measured = {arm.scheme: own[arm.arm] for arm in summary.arms if arm.role == "arm" and arm.arm in own}
    known = measured | dict(cards)
    names = [*measured, *(name for name in known if name not in measured)]
    stands = summary if summary.status == "VALID" else None

    def asked(tables: Mapping[str, Mapping[str, Any]]) -> Any:
        return advise(Context.model_validate(tables), known, names, evidence, stands)

    first = asked({})
    if not first.schemes:
        return None
    reasons: dict[Reason, int] = {}
    groups = []
    for keys in GROUPS:
        questions = [question for key in keys for question in questions_of(key)]
        table = [
            [
                [reasons.setdefault(reason, len(reasons)) for reason in one.reasons if reason.asked in keys]
                for one in asked(tables_of(questions, answers)).schemes
            ]
            for answers in itertools.product(*(question.values for question in questions))
        ]
        groups.append(Group(choices=[question.choice for question in questions], reasons=table))
    return Choices(
        schemes=[
            AdvisedScheme(scheme=one.scheme, kind=one.kind, summary=one.summary) for one in first.schemes
        ],
        reports=first.reports,
        groups=groups,
        reasons=[
            GivenReason(effect=one.effect, source=one.source, by=one.by, words=one.words) for one in reasons
        ],
        sentences=SENTENCES,
    )


def questions_of(key: str) -> list[Asked]:
    """The question of a key of the context; for the clients one each."""
    if key == "service.clients":
        return [
            Asked(
                Choice(key=key, name=f"{key}.{one}", label=_CLIENTS[one], answers=["no", "yes"]),
                (False, True),
                one,
            )
            for one in get_args(Client)
        ]
    table, _, name = key.partition(".")
    label = (_TABLES[table].model_fields[name].description or name).removeprefix("true: ")
    if key not in _NUMBERS:
        return [Asked(Choice(key=key, name=key, label=label, answers=["no", "yes"]), (False, True))]
    values = _NUMBERS[key]
    words = [_in_words(key, value) for value in values]
    return [Asked(Choice(key=key, name=key, label=label, answers=words), values)]


def _in_words(key: str, value: float | None) -> str:
    if value is None:
        return "not asked"
    return seconds(value) if key.endswith("_s") else shown(value) + (" ms" if key.endswith("_ms") else "")


def tables_of(questions: list[Asked], answers: tuple[Any, ...]) -> dict[str, dict[str, Any]]:
    """The context that gives these answers."""
    tables: dict[str, dict[str, Any]] = {}
    for (choice, _, client), answer in zip(questions, answers, strict=True):
        table, _, name = choice.key.partition(".")
        own = tables.setdefault(table, {})
        if client:
            own.setdefault(name, []).extend([client] if answer else [])
        elif answer is not None:
            own[name] = answer
    return tables
