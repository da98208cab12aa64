from collections.abc import Iterable, Mapping
from itertools import combinations

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.finding import Finding
from authbench.contracts.card import Card, Operation
from authbench.contracts.experiment import Arm
from authbench.contracts.records import ServerConfig

_NAMED = ("algorithm", "key_bits", "library", "backend")
_KEY = ("algorithm", "key_bits")

Servers = Mapping[str, ServerConfig]


class Algorithms(RunRule):
    """V32 refuses figures of a token whose algorithm, key length, library and backend are not recorded, of a
    sensitivity arm with another algorithm or key, and all of them where twins sign differently; says where
    two libraries are compared.
    """

    code = "V32"
    lie = "algorithms and keys are the same"
    unit = "properties"
    advice = "give both the same"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        plan, servers = run.manifest.experiment, run.manifest.servers
        for arm, card in run.manifest.cards.items():
            yield from self.check_named(arm, card, servers)
        lean = plan.sensitivity_pairs
        for pair in lean:
            yield from self._check_sensitivity(*pair, servers)
        for a, b in plan.compare:
            if (a, b) not in lean and (b, a) not in lean:
                yield from self._check_library(a, b, servers)
        for one, other in combinations(plan.arms, 2):
            if one.scheme == other.scheme:
                twins = {one.label, other.label} == set(plan.twin)
                names = () if _packages(one) == _packages(other) else _KEY
                yield from self._check_same_scheme(one.label, other.label, twins, servers, names)

    def check_named(self, arm: str, card: Card, servers: Servers) -> Findings:
        """An arm whose credential is verified without asking anybody names what verifies it.

        A token in the Authorization header is such a credential unless a read asks a store, or state is kept
        in memory; its refresh tokens may be stored. A scheme that looks up and signs as well is held to what
        it names.
        """
        signs = (
            card.authenticates
            and card.carrier == "authorization"
            and card.store != "memory"
            and not card.store_commands.get(Operation.READ)
        )
        crypto = servers[arm].crypto if arm in servers else {}
        missing = [name for name in _NAMED if not crypto.get(name)]
        if (signs or crypto) and missing:
            sentence = f"its {', '.join(missing)} {'was' if len(missing) == 1 else 'were'} not recorded"
            yield self._refuse(arm, len(missing), sentence, "run again")

    def _check_same_scheme(
        self, a: str, b: str, twins: bool, servers: Servers, names: Iterable[str]
    ) -> Findings:
        """Arms of one scheme have the same cryptography, to the library's version, unless other packages are
        their condition: then it is the same in what `names` says.

        Where the twins differ, every figure is refused: the noise floor would contain the difference.
        """
        differing = _differing(servers, a, b, names)
        for subject in (["the run"] if twins else [a, b]) if differing else []:
            sentence = f"{a} and {b} are one scheme and differ in {', '.join(differing)}"
            yield self._refuse(subject, len(differing), sentence)

    def _check_sensitivity(self, full: str, lean: str, servers: Servers) -> Findings:
        if differing := _differing(servers, full, lean, _KEY):
            sentence = f"it differs from {full} in {', '.join(differing)}: the gap is not the library's"
            yield self._refuse(lean, len(differing), sentence)

    def _check_library(self, a: str, b: str, servers: Servers) -> Findings:
        if a in servers and b in servers and servers[a].crypto and servers[b].crypto:
            own, other = servers[a].crypto.get("library"), servers[b].crypto.get("library")
            if own != other:
                sentence = (
                    f"{own} signs for one and {other} for the other: the ratio compares libraries as well"
                )
                yield self.finding("tag", f"{a} / {b}", sentence, advice="")

    def _refuse(self, subject: str, number: int, sentence: str, advice: str | None = None) -> Finding:
        return self.finding("refuse-figure", subject, sentence, number, 0, advice=advice, refuses="all")


def _packages(arm: Arm) -> tuple[tuple[str, ...], ...]:
    condition = arm.condition
    return condition.packages, condition.extra_packages, condition.without_packages


def _differing(servers: Servers, a: str, b: str, names: Iterable[str]) -> list[str]:
    """Which of these properties (all: none given) of two servers differ; none where one is not known."""
    if a not in servers or b not in servers:
        return []
    own, other = servers[a].crypto, servers[b].crypto
    return [name for name in names or dict.fromkeys([*own, *other]) if own.get(name) != other.get(name)]
