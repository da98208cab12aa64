"""A node that verifies credentials is taken over: whether its keys make new ones."""

from collections.abc import Iterator
from pathlib import Path

from loadtests.attacks.attack import Attack
from loadtests.attacks.compromise.forge import Material, forged_snapshot, forgeries, verifying_material
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.laboratory.presented import Presented
from loadtests.clients.client import Client, Headers


class VerifierCompromise(Attack):
    """The attacker has an account, and the keys of a node that only has to verify: secrets where one secret
    does both, public keys where there are pairs. A credential of the victim, who never logged in, is made of
    them.

    Access to the store is not part of it: who writes into the store needs no keys.
    """

    row = "I2"
    name = "keys of a verifying node"
    question = "Can somebody who has the keys that verify a credential make one for anybody?"
    sources = ("RFC 7515 section 10.5", "RFC 8725 section 2.1", "OWASP JSON Web Token: public-key signatures")
    control = Control("jwt-hs256")

    def run(self, lab: AttackLab) -> AttackResult:
        victim, attacker = lab.new_person(), lab.logged_in()
        lab.check_before(attacker)
        tried = 0
        for material in verifying_material(Path(lab.target.settings["keys_directory"])):
            for headers in _made(attacker, victim, material):
                tried += 1
                if self._is_the_victims(lab, victim, attacker.client, headers):
                    of = "the secret" if material.secret else "the public key"
                    lab.figure("credentials made until one was accepted", tried)
                    return lab.succeeded(f"{of} that verifies ({material.name}) makes a login of anybody's")
        lab.check_after(attacker)
        lab.figure("credentials made", tried)
        if tried == 0:
            return lab.rejected("its credential is an id: no key makes one, the store has to know it")
        return lab.rejected("what verifies a credential does not make one")

    @staticmethod
    def _is_the_victims(lab: AttackLab, victim: Person, client: Client, headers: Headers) -> bool:
        lab.target.go_on()
        sent = client.headers("GET", "/me", headers)
        reply = lab.connection.request("GET", "/me", sent)
        me = reply.json()
        if not isinstance(me, dict) or me.get("sub") != victim.username:
            return False
        return lab.has_effect("an order with the credential that was made", victim, headers, client)


def _made(attacker: Person, victim: Person, material: Material) -> Iterator[Headers]:
    """The attacker's credential as the victim's, signed with this key."""
    own = attacker.credential
    presented = Presented.of(own)
    for text in forgeries(presented.text, victim.username, material):
        yield presented.replaced(text)
    # A second cookie that says whose session it is is a credential as well.
    for pair in presented.after.split("; "):
        name, _, value = pair.partition("=")
        if name.endswith("snapshot"):
            forged = forged_snapshot(value, victim.username, presented.text, material.key)
            yield {**own, "Cookie": own["Cookie"].replace(value, forged)}
