"""The file of clients: what is wrong with it is told at the start, in one line."""

import hashlib
from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from servers.authorization_server.clients import DEMO_REDIRECT, Clients
from servers.authorization_server.errors import OAuthError

DIGEST = hashlib.sha256(b"secret").hexdigest()


def read(folder: Path, content: bytes | str, demo: bool = False) -> Clients:
    path = folder / "clients.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Clients.read(str(path), demo)


def test_a_table_is_a_client(tmp_path: Path) -> None:
    clients = read(
        tmp_path, f'[shop]\nredirect_uris = ["https://shop.test/"]\n[s]\nsecret_sha256 = "{DIGEST}"'
    )
    assert clients.named("shop").redirect_uris == ("https://shop.test/",)
    assert clients.named("s").secret_sha256 == DIGEST
    for name in ("Shop", "demo-app", "", None):
        with pytest.raises(OAuthError):
            clients.named(name)


def test_a_byte_order_mark_is_not_the_file(tmp_path: Path) -> None:
    content = '[shop]\r\nredirect_uris = ["https://shop.test/"]\r\n'.encode("utf-8-sig")
    assert read(tmp_path, content, demo=True).named("demo-app").redirect_uris == (DEMO_REDIRECT,)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[shop", "not TOML in UTF-8"),
        ("[shop]\n[shop]", "not TOML in UTF-8"),
        (b"[sh\xf6p]", "not TOML in UTF-8"),
        ("[shop]".encode("utf-16"), "not TOML in UTF-8"),
        ("x = 1", "client 'x': not a table"),
        ("[[shop]]", "client 'shop': not a table"),
        ('[shop]\nsecret = "x"', "unknown key 'secret'; did you mean 'secret_sha256'?"),
        ('[shop]\nclient_id = "other"', "client_id: the name of the table"),
        ('["a b"]', "client_id: take up to 64 letters"),
        ('["a\\nb"]', "client_id: take up to 64 letters"),
        ('[""]', "client_id: take up to 64 letters"),
        # Whose tokens open the account itself.
        ("[first-party]", "choose another"),
        ("[shop]\n[Shop]", "'Shop': there is a client shop already"),
        ("[demo-app]", "'demo-app': there is a client demo-app already"),
        ('[shop]\nredirect_uris = "https://shop.test/"', "redirect_uris: "),
        ('[shop]\nredirect_uris = ["/x"]', "'shop': redirect_uris '/x': is no absolute URI"),
        (
            '[shop]\nredirect_uris = ["https://a.test/", "javascript:x"]',
            "redirect_uris 'javascript:x': has a",
        ),
        ("[shop]\nscopes = []", "scopes: "),
        ('[shop]\nscopes = ["user admin"]', "scopes 'user admin': a scope is ASCII without spaces"),
        (f'[shop]\nsecret_sha256 = "{DIGEST.upper()}"', "64 hexadecimal digits in lower case"),
        ('[shop]\nsecret_sha256 = "hunter2"', "64 hexadecimal digits in lower case"),
        (f'[shop]\nsecret_sha256 = "{hashlib.sha256().hexdigest()}"', "is the hash of nothing"),
    ],
)
def test_what_is_wrong_is_one_line(tmp_path: Path, content: bytes | str, words: str) -> None:
    with pytest.raises(Failure) as refused:
        read(tmp_path, content, demo=True)
    told = str(refused.value)
    assert told.startswith(f"{tmp_path / 'clients.toml'}: ")
    assert words in told
    assert "\n" not in told
    assert "hunter2" not in told


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(Failure, match="cannot be read"):
            Clients.read(str(path), demo=False)
