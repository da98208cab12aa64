"""Cookie flags: what a browser is told about the cookie that carries the credential."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented

_FINGERPRINTS = ("phpsessid", "jsessionid", "connect.sid", "sessionid", "asp.net", "laravel", "cfid")
"""Names that tell the framework (OWASP Session Management: Session ID Name Fingerprinting)."""


class CookieFlags(Attack):
    """Read every Set-Cookie of a login over HTTPS."""

    row = "A1"
    name = "cookie flags"
    question = "Does a cookie of the login lack a flag that keeps it from script, plain HTTP or other sites?"
    sources = (
        "OWASP ASVS 5.0 3.3.1",
        "OWASP ASVS 5.0 3.3.2",
        "OWASP ASVS 5.0 3.3.3",
        "OWASP ASVS 5.0 3.3.4",
        "NIST SP 800-63B-4 5.1.1",
        "RFC 10017 6.1.3.2",
    )
    control = Control("servers.vulnerable.cookies.careless_cookies:VulnerableCookieFlags")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.new_person()
        reply = lab.send_login(victim)
        victim.login = victim.client.keep(reply.set_cookies, reply.json())
        lab.check_before(victim)
        presented = Presented.of(victim.credential)
        if not presented.in_cookie:
            return lab.nothing_there("the credential travels in no cookie")
        missing = [
            f"{name}: {', '.join(lacks)}"
            for name, attributes in map(_parsed, reply.set_cookies)
            if (lacks := _lacks(name, attributes, credential=name == presented.cookie_name))
        ]
        if missing:
            return lab.succeeded(f"missing: {'; '.join(missing)}")
        return lab.rejected("Secure, HttpOnly, SameSite, a __Host- name, Path=/ and no Domain; no Max-Age")


def _parsed(line: str) -> tuple[str, dict[str, str]]:
    """The cookie's name, and its attributes in lower case."""
    pair, *attributes = (part.strip() for part in line.split(";"))
    named = (each.partition("=") for each in attributes)
    return pair.partition("=")[0], {name.lower(): value.lower() for name, _, value in named}


def _lacks(name: str, attributes: dict[str, str], *, credential: bool) -> list[str]:
    """What every cookie must have; of the credential's own, all that it should."""
    lacks = [] if "secure" in attributes else ["Secure"]
    if attributes.get("samesite") not in ("lax", "strict"):
        lacks.append("SameSite")
    if "domain" in attributes:
        lacks.append("a Domain is set")
    if credential:
        if "httponly" not in attributes:
            lacks.append("HttpOnly")
        if not name.startswith("__Host-") or attributes.get("path") != "/":
            lacks.append("a __Host- name with Path=/")
        if "max-age" in attributes or "expires" in attributes:
            lacks.append("it outlives the browser")
        if any(framework in name.lower() for framework in _FINGERPRINTS):
            lacks.append("its name tells the framework")
    return lacks
