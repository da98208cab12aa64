"""What a logout leaves in the browser: for whoever sits down at the computer next."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented


class LeftInTheBrowser(Attack):
    """Log out, and look whether the answer removes the cookie, and what pages have stored."""

    row = "A9"
    name = "left in the browser"
    question = "Does a logout leave the credential, or what pages stored, in the browser?"
    sources = (
        "OWASP ASVS 5.0 14.3.1",
        "OWASP Session Management: Web Content Caching and Clear-Site-Data",
        "NIST SP 800-63B-4 5.1",
    )
    control = Control("servers.vulnerable.endpoints.answers:VulnerableLeftovers")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        lab.check_before(victim)
        presented = Presented.of(victim.credential)
        reply = lab.log_out(victim)
        if reply.status != 204:
            return lab.not_run(f"the logout was refused: status {reply.status}")
        left = []
        told = reply.header("clear-site-data") or ""
        left += [f"the browser's {kind}" for kind in ("storage", "cache") if f'"{kind}"' not in told]
        if presented.in_cookie and not any(
            line.startswith(f"{presented.cookie_name}=;") and "max-age=0" in line.lower()
            for line in reply.set_cookies
        ):
            left.append("the cookie")
        if left:
            return lab.succeeded(f"nothing removes {', '.join(left)}")
        return lab.rejected("the answer removes the cookie, if there is one, and what pages have stored")
