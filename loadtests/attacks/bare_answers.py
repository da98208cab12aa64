"""Bare answers: none of the headers that keep a browser from guessing, from plain HTTP, and from frames."""

from loadtests.attacks.answers.headers import HEADERS, is_page, missing_everywhere, missing_in_page
from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.clients.blocking_client import Reply


class BareAnswers(Attack):
    """Ask for an answer of every kind over HTTPS: good, refused, unknown, and whatever is a page."""

    row = "A10"
    name = "bare answers"
    question = (
        "Does an answer lack a header that keeps browsers from guessing, from plain HTTP or from frames?"
    )
    sources = (
        "OWASP ASVS 5.0 3.4.1",
        "OWASP ASVS 5.0 3.4.3",
        "OWASP ASVS 5.0 3.4.4",
        "OWASP ASVS 5.0 3.4.5",
        "OWASP ASVS 5.0 3.4.6",
        "RFC 6797 section 7.1",
    )
    control = Control("servers.vulnerable.endpoints.bare_answers:VulnerableBareAnswers")

    def run(self, lab: AttackLab) -> AttackResult:
        lab.told = (*lab.told, "content-type", *HEADERS)
        victim = lab.new_person()
        answers = {"login": lab.send_login(victim)}
        victim.login = victim.client.keep(answers["login"].set_cookies, answers["login"].json())
        lab.check_before(victim)
        answers["orders"] = lab.ask("orders", victim, "GET", "/orders")
        as_browser = {"Accept": "text/html"}
        answers["refused"] = lab.send("without a credential", "GET", "/me", as_browser)
        answers["public"] = lab.send("without need of one", "GET", "/public", as_browser)
        answers["description"] = lab.send("the description", "GET", "/openapi.json", as_browser)
        # FastAPI serves its documentation as a page there, with script of another host, unless told not to.
        answers["documentation"] = lab.send("the documentation", "GET", "/docs", as_browser)
        answers["unknown method"] = lab.send("another method", "DELETE", "/me", as_browser)
        lab.check_after(victim)
        bare: dict[str, list[str]] = {}
        for name, reply in answers.items():
            if missing := _missing(reply):
                bare.setdefault(", ".join(missing), []).append(name)
        if bare:
            told = (f"{', '.join(names)}: no {missing}" for missing, names in bare.items())
            return lab.succeeded("; ".join(told))
        pages = [name for name, reply in answers.items() if is_page(reply)]
        shown = f"pages ({', '.join(pages)}) have a policy against script and frames" if pages else "no page"
        return lab.rejected(f"every answer says nosniff and has HSTS of a year at least; {shown}")


def _missing(reply: Reply) -> list[str]:
    """Name the missing headers. A document needs fewer than a page: it has no script and nothing to click."""
    return [*missing_everywhere(reply), *(missing_in_page(reply) if is_page(reply) else ())]
