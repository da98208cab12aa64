"""DPoP proofs (RFC 9449): a request proves that its sender has the key its token is bound to."""

import base64
import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.utils import base64url_decode
from starlette.requests import Request

from servers.contract.errors import Unauthenticated
from servers.credentials.tokens.strict_jwt import StrictJwt
from servers.parsing.header_fields import field_values
from servers.parsing.request_uris import normal_uri
from servers.parsing.strict_json import json_object

ALGORITHM = "ES256"
REALM = f'DPoP realm="authbench", algs="{ALGORITHM}"'
_BAD_PROOF = f'{REALM}, error="invalid_dpop_proof"'
_BAD_TOKEN = f'{REALM}, error="invalid_token"'
AHEAD_S = 5
"""Seconds a client's clock may be ahead of ours."""
_CREDENTIALS = re.compile(rb"dpop +([A-Za-z0-9\-._~+/]+=*)", re.IGNORECASE)
_COORDINATE = re.compile(r"[A-Za-z0-9_-]{43}")
"""32 bytes in base64url: P-256 has no other length (RFC 7518 section 6.2.1.2)."""
_JTI_MAX = 256
_LOOPBACK = re.compile(r"^(https?://)(?:127\.0\.0\.1|\[::1\])(?=[:/])")
"""An origin that `localhost` names as well (RFC 6761 section 6.3)."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that holds for its request: whose key it is, and what makes it the only one of its kind."""

    thumbprint: str
    jti: str


def dpop_token(request: Request) -> str:
    """The token of the one Authorization header, which must say DPoP. `Unauthenticated` for any other.

    A bound token under Bearer is refused too: whoever stole it would only have to leave the proof out
    (section 7.2).
    """
    values = field_values(request, b"authorization")
    if len(values) != 1:
        raise Unauthenticated("A token and a proof are needed.", REALM)
    found = _CREDENTIALS.fullmatch(values[0])
    if found is None:
        raise Unauthenticated("A token and a proof are needed.", REALM)
    return found[1].decode("ascii")


def refuse_bound_token() -> Unauthenticated:
    """The answer to a token that is expired, forged, malformed, or bound to another key."""
    return Unauthenticated("The token is not valid.", _BAD_TOKEN)


def refuse_used_proof() -> Unauthenticated:
    """The answer to a proof that comes a second time, where each is good once."""
    return Unauthenticated("The DPoP proof was used before.", _BAD_PROOF)


def check_proof(request: Request, origin: str, lifetime_s: int, token: str | None = None) -> Proof:
    """The proof of a request (section 4.3), with the hash of `token` if one goes with it.

    `Unauthenticated` unless there is exactly one, made for this request, not older than `lifetime_s`.
    """
    proofs = field_values(request, b"dpop")
    if len(proofs) != 1:
        raise Unauthenticated("Exactly one DPoP proof is needed.", _BAD_PROOF)
    try:
        return _check(proofs[0].decode("ascii"), request, origin, lifetime_s, token)
    except (ValueError, jwt.InvalidTokenError, RecursionError):
        raise Unauthenticated("The DPoP proof is not valid.", _BAD_PROOF) from None


def _check(proof: str, request: Request, origin: str, lifetime_s: int, token: str | None) -> Proof:
    header = json_object(base64url_decode(proof.partition(".")[0]))
    if header.get("typ") != "dpop+jwt" or header.get("alg") != ALGORITHM or "crit" in header:
        raise ValueError("another kind of token")
    jwk = header.get("jwk")
    claims = _DECODER.decode(proof, _public_key(jwk), algorithms=[ALGORITHM])
    jti = claims["jti"]
    # `encode` refuses half a surrogate pair, which JSON can spell and no store can keep.
    if type(jti) is not str or not 0 < len(jti.encode()) <= _JTI_MAX:
        raise ValueError("no jti to speak of")
    if claims["htm"] != request.method or not _same_uri(claims["htu"], request, origin):
        raise ValueError("for another request")
    now = time.time()
    # Clients may write a fraction of a second (RFC 7519 section 2); True is an int.
    if type(claims["iat"]) not in (int, float) or not now - lifetime_s <= claims["iat"] <= now + AHEAD_S:
        raise ValueError("not made now")
    if token is not None and not _same(claims.get("ath"), _hash(token.encode())):
        raise ValueError("for another token")
    return Proof(_thumbprint(jwk), jti)


_DECODER = StrictJwt(
    {
        "require": ["jti", "htm", "htu", "iat"],
        # What a proof has of these is judged above, or means nothing in it.
        **{f"verify_{claim}": False for claim in ("exp", "nbf", "iat", "aud", "iss", "sub")},
    }  # type: ignore[arg-type]
)


def _public_key(jwk: Any) -> ec.EllipticCurvePublicKey:
    """ValueError unless it is the public half of a P-256 key, and nothing else."""
    if not isinstance(jwk, dict) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        raise ValueError("no public key on P-256")
    x, y = (_coordinate(jwk.get(name)) for name in ("x", "y"))
    # Raises if the point is not on the curve (RFC 8725 section 3.4).
    return ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()


def _coordinate(text: Any) -> int:
    if not isinstance(text, str) or _COORDINATE.fullmatch(text) is None:
        raise ValueError("no coordinate")
    return int.from_bytes(base64.urlsafe_b64decode(text + "="), "big")


def _thumbprint(jwk: Any) -> str:
    """RFC 7638 section 3: the required members in lexical order, nothing else, no white space."""
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return _hash(json.dumps(required, separators=(",", ":"), sort_keys=True).encode())


def _hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def _same(claimed: Any, expected: str) -> bool:
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode("utf-8"), expected.encode())


def _same_uri(claimed: Any, request: Request, origin: str) -> bool:
    """Section 4.3: without query and fragment, and normalised. ValueError for what is no URI.

    The path as it was sent: in the decoded one, what was encoded for a reason looks like what was not. The
    origin is our own and not that of Host, which a thief of a proof chooses.
    """
    if not isinstance(claimed, str):
        return False
    found, own = normal_uri(claimed), normal_uri(origin + request.scope["raw_path"].decode("ascii"))
    return found == own or found == _by_name(own) or _by_name(found) == own


def _by_name(uri: str) -> str:
    return _LOOPBACK.sub(r"\1localhost", uri)
