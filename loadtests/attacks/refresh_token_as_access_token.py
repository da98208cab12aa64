"""The wrong token for the purpose: a refresh token where an access token is asked for, and the other way."""

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult
from loadtests.attacks.laboratory.presented import Presented


class RefreshTokenAsAccessToken(Attack):
    """Present the refresh token, whole and in parts, as a credential; refresh with the access token."""

    row = "G10"
    name = "refresh token as access token"
    question = "Does a refresh token open what an access token should, or an access token refresh?"
    sources = ("OWASP ASVS 5.0 9.2.2", "RFC 8725 section 3.12", "RFC 9700 section 4.14.2")
    control = Control("servers.vulnerable.tokens.verification:VulnerableRefreshAsAccess")

    def run(self, lab: AttackLab) -> AttackResult:
        victim = lab.logged_in()
        if not victim.refresh_token:
            return lab.nothing_there("it has no refresh token")
        lab.check_before(victim)
        presented = Presented.of(victim.credential)
        token = victim.refresh_token
        texts = {"the refresh token": token, "its last part": token.rpartition(".")[2]}
        wrong = [
            f"{name} as a credential"
            for name, text in texts.items()
            if lab.has_effect(name, victim, presented.alone(text))
        ]
        reply = lab.refresh("the access token, to refresh", victim, presented.text)
        if reply.status == 200:
            wrong.append("the access token to refresh")
        lab.check_after(victim)
        if wrong:
            return lab.succeeded(f"accepted: {', '.join(wrong)}", denied_by_card="refreshes: true")
        return lab.rejected("each is good for its own purpose only")
