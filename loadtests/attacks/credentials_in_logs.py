"""Credentials in logs: whoever reads the server's log must not become its users."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult, Person
from loadtests.attacks.laboratory.presented import Presented

_SHOWN = 12
"""Characters of a secret in a row that are too many."""


class CredentialsInLogs(Attack):
    """Do everything that a security log tells of, then look for what is live in all that the server wrote."""

    row = "A8"
    name = "credentials in logs"
    question = "Does a live credential, or a password, stand in the server's log?"
    sources = (
        "OWASP ASVS 5.0 16.2.5",
        "OWASP Session Management: Logging Sessions Life Cycle",
    )
    control = Control("servers.vulnerable.endpoints.answers:VulnerableLog")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        presented = Presented.of(victim.credential)
        lab.ask("not allowed", victim, "GET", "/admin/report")
        lab.send("in the query", "GET", f"/orders?access_token={presented.text}")
        lab.send("twice", "GET", "/me", {presented.header: presented.before + presented.text + " x"})
        lab.send_login(Person(victim.username, victim.password[::-1], victim.client))
        if victim.refresh_token:
            refreshed = lab.refresh("refresh", victim)
            victim.login = victim.client.keep(refreshed.set_cookies, refreshed.json()) or victim.login
        secrets = {
            "credential": presented.text.rpartition(".")[2],
            "password": victim.password,
            "wrong password": victim.password[::-1],
            "refresh token": (victim.refresh_token or "").rpartition(".")[2],
        }
        log = lab.target.log.read_text("utf-8", "replace")
        lab.figure("log read", len(log), "characters")
        found = [name for name, secret in secrets.items() if secret and secret[:_SHOWN] in log]
        lab.check_after(victim)
        if found:
            return lab.succeeded(f"in the log: {', '.join(found)}")
        return lab.rejected("the log has keyed digests in place of credentials, and no password")
