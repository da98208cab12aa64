"""The control: authenticates nothing. What a scheme costs is its cost minus this one's."""

from collections.abc import Sequence

from starlette.requests import Request

from authbench.card import Card, Operation
from servers.accounts import Account
from servers.contract import Claims, Credential, Identity, Issued, Scheme

_ANYBODY = "anonymous"
_SCOPES = ("user",)


class NoAuthentication(Scheme):
    """Believes the header X-Subject. Never 401. Loopback only."""

    name = "none"

    @property
    def card(self) -> Card:
        """What the scheme declares of itself."""
        return Card(
            name=self.name,
            summary="Control: believes what the client says it is.",
            authenticates=False,
            carrier="none",
            travels="the subject in clear, in X-Subject",
            store="none",
            store_commands={operation: {} for operation in Operation},
            logout_ends_credential=False,
            revocation_window_s=0,
            loopback_only=True,
        )

    @property
    def challenge(self) -> str:
        """Of a wrong password at /login, the only 401 there is."""
        return 'Anonymous realm="authbench"'

    async def issue(self, account: Account, request: Request) -> Issued:
        """Nothing to issue: the answer says what to send."""
        del request
        self.credentials_issued += 1
        return Issued({"header": "X-Subject", "value": account.username})

    async def authenticate(self, request: Request) -> Identity:
        """Whoever the header says."""
        for name, value in request.scope["headers"]:
            if name == b"x-subject":
                return Identity(value.decode("latin-1"), _SCOPES)
        return Identity(_ANYBODY, _SCOPES)

    async def revoke(self, request: Request) -> Issued:
        """Nothing to end."""
        del request
        return Issued()

    async def seed(self, claims: Sequence[Claims]) -> list[Credential]:
        """The header for each subject. An expired one is as good as any: nothing is checked."""
        self.credentials_issued += len(claims)
        return [Credential({"X-Subject": item.sub}, item) for item in claims]
