"""Broken schemes: some are stopped by verification, the others break under load, when nobody is looking."""

from collections.abc import Callable

from selftest.fault import Fault
from selftest.laboratory import Laboratory
from selftest.objection import Objection, Strength


def _seen_on(arm: str | None) -> Callable[[Laboratory], set[Objection]]:
    return lambda laboratory: laboratory.live("schemes").objections(arm)


def _under_load(rule: str, what: str, arm: str | None, strength: Strength) -> Fault:
    return Fault(rule, what, "live, scheme", strength, _seen_on(arm))


def _refused(rule: str, what: str, arm: str, check: str) -> Fault:
    """`check`: how the check of verification begins that must fail."""

    def inject(laboratory: Laboratory) -> set[Objection]:
        stopped = laboratory.live("refused", verification_must_stop=True).refused(arm, check)
        return {Objection(rule, "not measured")} if stopped else set()

    return Fault(rule, what, "live, verification", "not measured", inject)


FAULTS = (
    _under_load("V09", "1 ms slower every second", "slowing-down", "refuse-figure"),
    _under_load("V11", "a cache that begins under load", "late-cache", "void-run"),
    _under_load("V11", "tokens that ask the store, under load", "asks-store-late", "void-run"),
    _refused("V11", "a cache in front of the session store", "hidden-cache", "store commands of read"),
    _refused("V11", "tokens that ask the store", "asks-store", "store commands of read"),
    _under_load("V12", "tokens unverified, under load", "late-unverified", "void-run"),
    _refused("V12", "tokens unverified", "unverified", "credential tampered"),
    _refused("V12", "alg none accepted", "alg-none", "credential unsigned"),
    _refused("V13", "one more field in a body", "chatty", "identical GET /me"),
    _refused("V13", "another server setting behind one arm", "debugging", "identical server"),
    _under_load("V15", "one request in ten fails fast", "fast-errors", "refuse-figure"),
    # Both twins are concerned, so the finding is about the whole run.
    _under_load("V32", "HS256 and RS256 under one name", None, "refuse-figure"),
    _under_load("STALL", "the server stands still for 0.3 s", "stalling", "tag"),
)
