"""What a proven identity may do: the rules of the endpoints, the same behind every scheme.

`user` opens what is the user's own, `admin` what is everybody's, and neither includes the other: a token is
worth the scope it has and no more (RFC 9700 section 2.3). The account itself, its password and its logins,
opens to no scope, only to a login of the user's own: a client that was let in to act for a user must not be
able to lock the user out.
"""

from servers.contract.claims import FIRST_PARTY, Identity
from servers.contract.errors import InsufficientScope

USER = "user"
"""What GET and POST /orders need."""
ADMIN = "admin"
"""What GET /admin/report needs."""


def require_scope(identity: Identity, scope: str) -> None:
    """Raise `InsufficientScope` unless the identity was granted `scope`, letter by letter."""
    if scope not in identity.scopes:
        raise InsufficientScope(scope)


def require_first_party(identity: Identity) -> None:
    """Raise `InsufficientScope` unless the user logged in here, with no OAuth client in between."""
    if identity.client_id != FIRST_PARTY:
        raise InsufficientScope(None)
