"""The control: authenticates nothing. What a scheme costs is its cost minus this one's."""

from collections.abc import Sequence

from starlette.requests import Request

from authbench.contracts.card import Card, StoreEmptied, StoreLoss
from servers.contract.claims import Claims, Identity
from servers.contract.scheme import Account, Credential, Issued, Mark, Scheme
from servers.parsing.header_fields import OPTIONAL_WHITESPACE
from servers.schemes.parts.cards import ALWAYS

_ANYBODY = "anonymous"
_SCOPE = "user"


class NoAuthentication(Scheme):
    """Believes the headers X-Subject and X-Scope. Never 401. Loopback only."""

    name = "none"

    @property
    def card(self) -> Card:
        return Card(
            name=self.name,
            summary="Control: believes what the client says it is.",
            authenticates=False,
            carrier="none",
            travels="the subject in clear, in X-Subject",
            store="none",
            store_commands={operation: {} for operation in ALWAYS},
            logout_ends_credential=False,
            revocation_window_s=0,
            store_loss=StoreLoss.KEEPS_SERVING,
            store_emptied=StoreEmptied.KEEPS_SERVING,
            loopback_only=True,
        )

    @property
    def challenge(self) -> str:
        """Of a wrong password at /login, the only 401 there is."""
        return 'Anonymous realm="authbench"'

    async def issue(self, account: Account, request: Request, mark: Mark) -> Issued:
        """Nothing to issue: the answer says what to send."""
        self.credentials_issued += 1
        return Issued({"headers": _headers(account.username, account.scope)})

    async def authenticate(self, request: Request) -> Identity:
        """Whoever the headers say."""
        sub, scope = _ANYBODY, _SCOPE
        for name, value in request.scope["headers"]:
            if name == b"x-subject":
                sub = value.strip(OPTIONAL_WHITESPACE).decode("latin-1")
            elif name == b"x-scope":
                scope = value.decode("latin-1")
        return Identity(sub, tuple(scope.split()))

    async def revoke(self, request: Request) -> Issued:
        """Nothing to end."""
        return Issued()

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """The headers for each. An expired one is as good as any: nothing is checked."""
        self.credentials_issued += len(claims)
        return [Credential(_headers(item.sub, item.scope), item) for item in claims]


def _headers(sub: str, scope: str) -> dict[str, str]:
    """X-Scope only where it differs from what is assumed."""
    return {"X-Subject": sub} | ({} if scope == _SCOPE else {"X-Scope": scope})
