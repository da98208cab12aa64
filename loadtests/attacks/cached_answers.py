"""Answers that may be cached: a credential in a cache is a credential for whoever uses the cache next."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult


class CachedAnswers(Attack):
    """Log in, refresh and read, and look whether each answer forbids to store it."""

    row = "A6"
    name = "answers in caches"
    question = "May a cache keep an answer that has a credential or personal data in it?"
    sources = (
        "OWASP ASVS 5.0 14.3.2",
        "OWASP Session Management: Web Content Caching",
        "RFC 6749 section 5.1",
    )
    control = Control("servers.vulnerable.endpoints.answers:VulnerableCaching")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.new_person()
        answers = {"login": lab.send_login(victim)}
        victim.login = victim.client.keep(answers["login"].set_cookies, answers["login"].json())
        lab.check_before(victim)
        answers["read"] = lab.ask("read", victim, "GET", "/me")
        answers["orders"] = lab.ask("orders", victim, "GET", "/orders")
        answers["refused"] = lab.send("without a credential", "GET", "/me")
        if victim.refresh_token:
            answers["refresh"] = lab.refresh("refresh", victim)
        stored = [
            name
            for name, reply in answers.items()
            if "no-store" not in (reply.header("cache-control") or "").lower()
        ]
        if stored:
            return lab.succeeded(f"nothing forbids to store the answers to: {', '.join(stored)}")
        return lab.rejected("every one of them says no-store")
