"""What a context leaves of schemes: each rule, measured before declared, and nothing that was not asked."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.advice.advice import SchemeAdvice
from analysis.advice.advise import advise
from analysis.advice.context import Context
from analysis.security.evidence import Evidence
from authbench.contracts.card import Card, ClientDuty, StoreEmptied, StoreLoss
from authbench.contracts.failure import Failure
from authbench.contracts.security.drill_history import Effect
from tests.analysis.security import reports

MEMORY = reports.card("session-memory", store="memory", client=ClientDuty.CSRF_TOKEN)
BOUND = reports.card(
    "jwt-dpop", "authorization", store="none", crypto={"HS256 verify": 1}, window_s=900,
    client=ClientDuty.DPOP_PROOF,
)  # fmt: skip
BARE = reports.card("bare")
STORELESS = {"requirements": {"serves_without_store": True}}
ALL: Mapping[str, Card] = {**reports.CARDS, "session-memory": MEMORY, "jwt-dpop": BOUND}


def _advised(one: Card, evidence: Evidence | None = None, **tables: Mapping[str, Any]) -> SchemeAdvice:
    context = Context.model_validate(tables)
    return advise(context, {one.name: one}, [one.name], evidence).schemes[0]


def _why(one: Card, evidence: Evidence | None = None, **tables: Mapping[str, Any]) -> list[str]:
    """'excludes threats.xss_likely measured', one for each reason."""
    return [
        f"{reason.effect} {reason.asked.rpartition('.')[2]} {reason.source}"
        for reason in _advised(one, evidence, **tables).reasons
    ]


BROWSER = {"clients": ["browser"]}
SPA = {"clients": ["spa"]}


@pytest.mark.parametrize(
    ("one", "tables", "why"),
    [
        (reports.TOKEN, {"service": BROWSER}, ["excludes clients declared"]),
        (reports.TOKEN, {"service": SPA}, ["reservation clients declared"]),
        (reports.SESSION, {"service": BROWSER}, []),
        (reports.SESSION, {"service": {"clients": ["mobile"]}}, ["reservation clients declared"]),
        (reports.SESSION, {"service": {"regions": 2}}, ["reservation regions declared"]),
        (reports.TOKEN, {"service": {"regions": 2}}, []),
        (MEMORY, {}, ["excludes one_process declared"]),
        (MEMORY, {"service": {"one_process": True}}, []),
        (reports.TOKEN, {"service": SPA, "threats": {"xss_likely": True}}, ["excludes xss_likely declared"]),
        (BOUND, {"service": SPA, "threats": {"xss_likely": True}}, []),
        (reports.TOKEN, {"service": {"clients": ["service"]}, "threats": {"xss_likely": True}}, []),
        (reports.SESSION, {"service": BROWSER, "threats": {"sibling_hosts": True}}, []),
        (BARE, {"service": BROWSER, "threats": {"sibling_hosts": True}}, ["excludes sibling_hosts declared"]),
        (
            reports.TOKEN,
            {"threats": {"untrusted_verifiers": True}},
            ["excludes untrusted_verifiers declared"],
        ),
        (reports.TOKEN, {"threats": {"regulated": True}}, ["excludes regulated declared"]),
        (reports.TOKEN, {"requirements": {"max_revocation_s": 900}}, ["meets max_revocation_s declared"]),
        (reports.TOKEN, {"requirements": {"max_revocation_s": 899}}, ["excludes max_revocation_s declared"]),
        (reports.SESSION, {"requirements": {"max_role_change_s": 0}}, ["meets max_role_change_s declared"]),
        (reports.SESSION, STORELESS, ["excludes serves_without_store declared"]),
        (reports.TOKEN, STORELESS, ["meets serves_without_store declared"]),
        (
            reports.card("cached", store_loss=StoreLoss.UNTIL_CACHE_ENDS),
            STORELESS,
            ["reservation serves_without_store declared"],
        ),
        (
            reports.card("listed", store_emptied=StoreEmptied.REVOKED_WORK_AGAIN),
            {"requirements": {"max_revocation_s": 60}},
            ["meets max_revocation_s declared", "reservation max_revocation_s declared"],
        ),
    ],
)  # fmt: skip
def test_each_rule_by_the_card(one: Card, tables: dict[str, Any], why: list[str]) -> None:
    assert _why(one, **tables) == why


def _attacked(identifier: str, **outcomes: Any) -> Evidence:
    cells = [reports.cell(name.replace("_", "-"), outcome, identifier) for name, outcome in outcomes.items()]
    return Evidence(reports.attack_report(reports.row(identifier, *cells)))


def test_an_attack_that_was_run_decides_before_the_card() -> None:
    asked: dict[str, Mapping[str, Any]] = {"service": SPA, "threats": {"xss_likely": True}}
    fell = _advised(reports.SESSION, _attacked("C1", session_redis=reports.SUCCEEDED), **asked)
    assert not fell.remains
    assert fell.reasons[0].sentence == (
        "script in the page can take the credential away and use it elsewhere: succeeded: attack C1 (C1) "
        "(measured: 20261126T150001Z-attack-1a2b3c)"
    )
    assert _why(reports.TOKEN, _attacked("C1", jwt_hs256=reports.REJECTED), **asked) == [
        "meets xss_likely measured"
    ]
    # What was not tried, or shows nothing, leaves the card's word.
    assert _why(reports.TOKEN, _attacked("C2", jwt_hs256=reports.REJECTED), **asked) == [
        "excludes xss_likely declared"
    ]
    void = Evidence(
        reports.attack_report(
            reports.row("C1", reports.cell("jwt-hs256", reports.REJECTED, "C1"), void="the control held")
        )
    )
    assert _why(reports.TOKEN, void, **asked) == ["excludes xss_likely declared"]
    others = _attacked("E2", jwt_hs256=reports.REJECTED)
    assert _why(reports.TOKEN, others, threats={"regulated": True}) == ["excludes regulated declared"]


def test_a_window_that_was_timed_is_named() -> None:
    evidence = Evidence(revocation=reports.revocation_report())
    kept = _advised(reports.SESSION, evidence, requirements={"max_revocation_s": 0})
    assert kept.reasons[0].sentence == (
        "a credential was accepted for at most 0.006 s after its logout (0 s are allowed) "
        f"(measured: {evidence.headers[0].run_id})"
    )
    assert kept.remains
    token = _advised(reports.TOKEN, evidence, requirements={"max_revocation_s": 60})
    assert (token.remains, token.reasons[0].source) == (False, "measured")
    assert "a token lifetime of 60 s would do" in token.reasons[0].words
    # A report of other lifetimes says nothing of a scheme with these.
    other = reports.TOKEN.model_copy(update={"revocation_window_s": 50.0})
    assert _why(other, evidence, requirements={"max_revocation_s": 60}) == ["meets max_revocation_s declared"]


def test_a_drill_is_quoted() -> None:
    drill = reports.drill_report("store-killed", Effect.UNREACHABLE, reports.drilled("session-redis"))
    told = _advised(reports.SESSION, Evidence(drills=(drill,)), requirements={"serves_without_store": True})
    assert "store-killed: 10 of 100 requests failed" in told.reasons[0].words


@given(st.floats(0, 1000), st.floats(0, 1000), st.sets(st.sampled_from(["xss_likely", "regulated"])))
def test_who_asks_for_less_keeps_no_less(one: float, other: float, threats: set[str]) -> None:
    def left(allowed_s: float, *declared: str) -> set[str]:
        tables = {
            "service": SPA,
            "threats": dict.fromkeys(declared, True),
            "requirements": {"max_revocation_s": allowed_s},
        }
        return set(advise(Context.model_validate(tables), ALL, ALL).remaining)

    assert left(min(one, other), *threats) <= left(max(one, other), *threats) <= left(max(one, other))


def test_nothing_is_asked_and_nothing_contradicts_itself() -> None:
    told = advise(Context(), reports.CARDS, [*reports.CARDS, "session-redis"])
    assert told.sentence == "Nothing was asked, so all 2 schemes remain."
    only = advise(Context(), ALL, ["session-redis"])
    assert only.sentence == "Nothing was asked, so the only scheme remains."
    memory = advise(Context(), ALL, ["session-redis", "session-memory"])
    assert memory.sentence == "1 of 2 schemes remains: session-redis."
    asked = Context.model_validate({"requirements": {"max_revocation_s": 1, "serves_without_store": True}})
    assert advise(asked, reports.CARDS, reports.CARDS).sentence == (
        "None of 2 schemes remains: what was asked contradicts itself."
    )
    with pytest.raises(Failure, match="unknown scheme 'session-reddis': did you mean 'session-redis'"):
        advise(Context(), reports.CARDS, ["session-reddis"])
