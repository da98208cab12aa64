"""The published examples, with their published keys: RFC 7515 appendix A.1 to A.3, RFC 8037 appendix A."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from servers.contract.claims import new_claims
from servers.credentials.tokens.codec import PyJwtCodec
from servers.credentials.tokens.lean_codec import LeanHs256Codec
from servers.keys.key_pairs import (
    BACKEND,
    EDDSA,
    ES256,
    RS256,
    KeyKind,
    PrivateKey,
    key_bits,
    parse_key_pair,
    pem,
    public_jwk,
)
from tests.servers.schemes.signed_tokens import decode, encode

CLAIMS = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"
SECRET = decode("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow")
MAC = f"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.{CLAIMS}.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"


def number(text: str) -> int:
    return int.from_bytes(decode(text), "big")


def rsa_key() -> PrivateKey:
    """RFC 7515 appendix A.2.1; the public half is in `jwks` below."""
    p = number(
        "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2"
        "KKDcmnPGBY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"
    )
    q = number(
        "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_"
        "HlB-TnBA-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
    )
    d = number(
        "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_G"
        "O-pWJ1O0BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQl"
        "BjudU2QvXt4ehNYTCBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0"
        "QU91p1DhOVRuOopznQ"
    )
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(
        p, q, d, rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q), public
    ).private_key()


def ec_key() -> PrivateKey:
    """RFC 7515 appendix A.3.1."""
    return ec.derive_private_key(number("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"), ec.SECP256R1())


def ed_key() -> PrivateKey:
    """RFC 8037 appendix A.1."""
    return ed25519.Ed25519PrivateKey.from_private_bytes(decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))


@dataclass(frozen=True)
class Example:
    kind: KeyKind
    key: Callable[[], PrivateKey]
    token: str
    public: dict[str, str]
    repeatable: bool = True


EXAMPLES = [
    Example(
        RS256,
        rsa_key,
        f"eyJhbGciOiJSUzI1NiJ9.{CLAIMS}.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0"
        "Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb"
        "1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgG"
        "Y9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw",
        {
            "kty": "RSA",
            "e": "AQAB",
            "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm"
            "4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5re"
            "xMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxX"
            "FvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ",
        },
    ),
    Example(
        ES256,
        ec_key,
        f"eyJhbGciOiJFUzI1NiJ9.{CLAIMS}."
        "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
        {
            "kty": "EC",
            "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        },
        repeatable=False,
    ),
    Example(
        EDDSA,
        ed_key,
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
        "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
        {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"},
    ),
]


class Published(PyJwtCodec):
    """Signs and verifies like any other, and asks nothing of the content: no example is an access token."""

    def content(self, token: str) -> bytes:
        found: bytes = jwt.PyJWS().decode(token, self._verifying, algorithms=[self._algorithm])
        return found

    def signature(self, signed: str) -> str:
        algorithm: Any = jwt.get_algorithm_by_name(self._algorithm)
        return encode(algorithm.sign(signed.encode(), self._signing))


def published(example: Example) -> Published:
    """With the key as a server gets it: in PEM format."""
    key = parse_key_pair(pem(example.key()), "", example.kind)
    public = public_jwk(key, example.kind.algorithm)
    return Published(example.kind.algorithm, key, key.public_key(), key_bits(key), BACKEND, public)


def altered(token: str) -> str:
    """One character of the content changed."""
    header, content, signature = token.split(".")
    return ".".join((header, content[:9] + ("A" if content[9] != "A" else "B") + content[10:], signature))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.kind.algorithm)
def test_signatures(example: Example) -> None:
    codec = published(example)
    signed, _, signature = example.token.rpartition(".")
    assert codec.content(example.token) == decode(signed.partition(".")[2])
    made = codec.signature(signed)
    assert codec.content(f"{signed}.{made}") == codec.content(example.token)
    assert (made == signature) is example.repeatable
    with pytest.raises(jwt.InvalidSignatureError):
        codec.content(altered(example.token))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.kind.algorithm)
def test_public_keys(example: Example) -> None:
    """As the RFCs print them."""
    public = published(example).public_jwk
    assert public.items() >= example.public.items()
    assert set(public) - set(example.public) == {"kid", "alg", "use"}


def test_thumbprints() -> None:
    """RFC 8037 appendix A.3, and RFC 7638 for the key of RFC 7515 appendix A.3."""
    assert published(EXAMPLES[2]).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
    assert published(EXAMPLES[1]).kid == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.kind.algorithm)
def test_they_are_no_access_tokens(example: Example) -> None:
    """Of another issuer, expired, of another type, or not even claims."""
    codec = published(example)
    with pytest.raises(ValueError, match="refused"):
        codec.decode(example.token)
    claims = new_claims("alice", "user", 60)
    assert codec.decode(codec.encode(claims)) == claims


def test_the_mac() -> None:
    """RFC 7515 appendix A.1, by the library and without it."""
    key = SECRET
    library = Published("HS256", key, key, len(key) * 8, "")
    lean = LeanHs256Codec(key)
    signed, _, signature = MAC.rpartition(".")
    assert library.content(MAC) == decode(CLAIMS)
    assert library.signature(signed) == lean._signature(signed.encode()).decode() == signature
    claims = new_claims("alice", "user", 60)
    assert library.encode(claims) == lean.encode(claims)
    for codec in (library, lean):
        with pytest.raises(ValueError, match=r"refused|another header"):
            codec.decode(MAC)
    with pytest.raises(jwt.InvalidSignatureError):
        library.content(altered(MAC))
