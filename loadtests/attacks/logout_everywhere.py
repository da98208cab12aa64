"""Logout everywhere: the user ends all logins from one device, and a copied credential is one of them."""

from authbench.contracts.card import Card, Operation
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person


class LogoutEverywhere(Attack):
    """Three devices; the first ends all logins; what the others have is used again."""

    row = "E5"
    name = "logout everywhere"
    question = "Is another device still in after its user has logged out everywhere?"
    sources = ("OWASP ASVS 5.0 7.4.3", "OWASP ASVS 5.0 7.5.2", "OWASP ASVS 5.0 10.4.9")
    control = Control("servers.vulnerable.logout:VulnerableEndAll")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        others = [another_device(lab, victim) for _ in range(2)]
        lab.check_before(victim)
        if not all(lab.has_effect("another device, before", each, each.credential) for each in others):
            return lab.not_run("a second device does not work")
        reply = lab.ask("log out everywhere", victim, "POST", "/logout-everywhere")
        living = [each for each in others if lab.has_effect("another device, after", each, each.credential)]
        renewed = [each for each in others if still_refreshes(lab, each)]
        lab.log_in(victim)
        lab.check_after(victim)
        if reply.status == 404:
            return lab.succeeded("there is no logout of all devices: the others stay in")
        if living or renewed:
            what = "their credentials are accepted" if living else "they refresh"
            also = " and refresh" if living and renewed else ""
            return lab.succeeded(f"{what}{also}", denied_by_card=denies_late_ends(lab.card))
        return lab.rejected("all devices were out at once, and a new login in the same second works")


def another_device(lab: AttackLab, person: Person) -> Person:
    """The same user, logged in with another client."""
    client = lab.new_client()
    device = Person(person.username, person.password, client)
    lab.log_in(device)
    return device


def still_refreshes(lab: AttackLab, person: Person) -> bool:
    """Whether the person's refresh token, if there is one, still gives a credential."""
    return bool(person.refresh_token) and lab.refresh("refresh", person).status == 200


def denies_late_ends(card: Card) -> str | None:
    """The statement of a card that all logins of a user end at once; None if it says no such thing."""
    ends_all = Operation.LOGOUT_EVERYWHERE in card.store_commands or card.store != "none"
    return "disabled_window_s: 0" if ends_all and card.disabled_window_s == 0 else None
