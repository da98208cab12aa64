"""V32, against the lie 'algorithms and keys are the same': what signs is named, and twins sign alike."""

from collections.abc import Mapping
from itertools import combinations

from analysis.data.run import RunData
from analysis.validity.finding import Finding
from authbench.contracts.card import Card, Operation
from authbench.contracts.records import ServerConfig

_NAMED = ("algorithm", "key_bits", "library", "backend")
_KEY = ("algorithm", "key_bits")

Servers = Mapping[str, ServerConfig]


def check_named(arm: str, card: Card, servers: Servers) -> Finding | None:
    """An arm whose credential is recognised without a look anywhere names what verifies it.

    Refuses all its figures otherwise: HS256 and RS256 differ more than sessions and tokens do. A token in the
    Authorization header is such a credential unless a read asks a store, or state is kept in memory; its
    refresh tokens may be stored. A scheme that looks up and signs as well is held to what it names.
    """
    signs = (
        card.authenticates
        and card.carrier == "authorization"
        and card.store != "memory"
        and not card.store_commands.get(Operation.READ)
    )
    crypto = servers[arm].crypto if arm in servers else {}
    if not signs and not crypto:
        return None
    missing = [name for name in _NAMED if not crypto.get(name)]
    if not missing:
        return None
    return _refuse(arm, len(missing), f"its {', '.join(missing)} was not recorded", "run again")


def check_same_scheme(arms: Mapping[str, str], twin: tuple[str, str], servers: Servers) -> list[Finding]:
    """Arms of one scheme (`arms`: label -> scheme) have the same cryptography, to the library's version.

    Where the twins differ, every figure is refused: the noise floor would contain the difference.
    """
    findings = []
    for a, b in combinations(arms, 2):
        if arms[a] != arms[b] or a not in servers or b not in servers:
            continue
        differing = _differing(servers, a, b, tuple({**servers[a].crypto, **servers[b].crypto}))
        if not differing:
            continue
        subjects = ["the run"] if {a, b} == set(twin) else [a, b]
        sentence = f"{a} and {b} are one scheme and differ in {', '.join(differing)}"
        findings += [_refuse(subject, len(differing), sentence, "give both the same") for subject in subjects]
    return findings


def check_sensitivity(full: str, lean: str, servers: Servers) -> Finding | None:
    """A sensitivity arm signs with the algorithm and key length of the arm it stands beside.

    Refuses its figures otherwise: the gap would be the algorithm's, and be called the library's.
    """
    if full not in servers or lean not in servers:
        return None
    differing = _differing(servers, full, lean, _KEY)
    if not differing:
        return None
    sentence = f"it differs from {full} in {', '.join(differing)}: the gap is not the library's"
    return _refuse(lean, len(differing), sentence, "give both the same")


def check_library(a: str, b: str, servers: Servers) -> Finding | None:
    """Tells where two arms that both sign are compared and do it with different libraries."""
    if a not in servers or b not in servers or not (servers[a].crypto and servers[b].crypto):
        return None
    own, other = servers[a].crypto.get("library"), servers[b].crypto.get("library")
    if own == other:
        return None
    return Finding(
        rule="V32",
        severity="tag",
        subject=f"{a} / {b}",
        sentence=f"{own} signs for one and {other} for the other: the ratio compares libraries as well",
        next_action="",
    )


def _differing(servers: Servers, a: str, b: str, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if servers[a].crypto.get(name) != servers[b].crypto.get(name)]


def _refuse(subject: str, number: int, sentence: str, next_action: str) -> Finding:
    return Finding(
        rule="V32",
        severity="refuse-figure",
        subject=subject,
        number=number,
        limit=0,
        unit="properties",
        sentence=sentence,
        next_action=next_action,
        refuses="all",
    )


def check_run(run: RunData) -> list[Finding]:
    """Every arm, every two arms of one scheme, and every two that are compared."""
    manifest = run.manifest
    plan, servers = manifest.experiment, manifest.servers
    named = [check_named(arm, card, servers) for arm, card in manifest.cards.items()]
    lean = plan.sensitivity_pairs
    beside = [check_sensitivity(*pair, servers) for pair in lean]
    libraries = [
        check_library(a, b, servers) for a, b in plan.compare if (a, b) not in lean and (b, a) not in lean
    ]
    same = check_same_scheme({arm.label: arm.scheme for arm in plan.arms}, plan.twin, servers)
    return [*(finding for finding in (*named, *beside, *libraries) if finding), *same]
