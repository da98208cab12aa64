"""A copy of the store: whether anything in it can be presented as a credential."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.compromise.dump import candidates, dump
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.laboratory.presented import Presented
from loadtests.clients.blocking_client import Reply
from loadtests.clients.client import Client, Headers

_SHOWN = 6
"""Texts of the store that evidence quotes."""


class StoreDump(Attack):
    """Copy the store before and after the victim's login; present whatever is new in it, as every kind of
    credential that the scheme has: as the cookie or token, and as a refresh token.
    """

    row = "I1"
    name = "replay of a copied store"
    question = "Can somebody who reads the store, or a backup of it, present what is in it?"
    sources = (
        "OWASP Session Management: Session ID Life Cycle",
        "OWASP ASVS 5.0 11.4.1",
        "RFC 9700 section 4.14.2",
    )
    control = Control("servers.vulnerable.logins.session_ids:VulnerableRawIds")

    def run(self, lab: AttackLab) -> AttackResult:
        store = lab.card.store
        if store == "memory":
            return lab.nothing_there(
                "its sessions are in the memory of its process: there is no store to copy"
            )
        if store == "none" and not lab.card.refreshes:
            return lab.nothing_there("it keeps nothing in a store")
        example = Presented.of(lab.logged_in().credential)
        before = dump(lab.target)
        victim = lab.logged_in()
        lab.check_before(victim)
        found = candidates(before, dump(lab.target))
        quoted = "\n".join(found[:_SHOWN]).encode()
        title = f"what the victim's login left in the store, {len(found)} texts"
        lab.keep(title, "SCAN", lab.target.key_prefix, {}, None, Reply(0, (), quoted))
        lab.figure("texts of the store that were presented", len(found))
        for text in found:
            if self._presented(lab, victim, example.alone(text)):
                return lab.succeeded("a text of the store is a credential as it stands")
        if lab.card.refreshes:
            for text in found:
                if self._refreshed(lab, victim, text):
                    return lab.succeeded("a text of the store is a refresh token as it stands")
        lab.check_after(victim)
        if Presented.of(victim.credential).text in found or victim.refresh_token in found:
            return lab.not_run("the credential is in the store, and was not accepted: the attack is broken")
        return lab.rejected("the store has hashes of what clients present, and none of them is a credential")

    @staticmethod
    def _presented(lab: AttackLab, victim: Person, headers: Headers) -> bool:
        """Whether it lets somebody in as the victim: seen by an order."""
        lab.target.go_on()
        me = lab.connection.request("GET", "/me", headers).json()
        if not isinstance(me, dict) or me.get("sub") != victim.username:
            return False
        return lab.has_effect("an order with a text of the store", victim, headers)

    @staticmethod
    def _refreshed(lab: AttackLab, victim: Person, text: str) -> bool:
        thief = Client(lab.card, lab.target.origin)
        lab.target.go_on()
        reply = lab.connection.request(
            "POST", "/refresh", thief.refresh_headers(), {"refresh_token": text[:256]}
        )
        login = thief.keep(reply.set_cookies, reply.json()) if reply.status == 200 else None
        return login is not None and lab.has_effect(
            "an order with what it gave", victim, login.headers, thief
        )
