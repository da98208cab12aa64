"""A store's URL is taken apart, printed without its secrets, and refused in one line."""

from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from authbench.system.certificate import make_certificate
from authbench.system.store_url import read_store_url, shown, split


def test_one_server() -> None:
    read = read_store_url("redis://ann:s3%2Fcret@example.org:6380/2")
    account = {"username": "ann", "password": "s3/cret"}
    assert read.options == {**account, "host": "example.org", "port": 6380, "db": 2}
    assert (read.tls, read.sentinels, read.tls_context()) == (False, (), None)
    assert read_store_url("unix:///run/redis.sock?db=1").options == {"path": "/run/redis.sock", "db": 1}


def test_sentinels() -> None:
    read = read_store_url("redis+sentinel://ann:s3%2Fcret@a:26380,b,[::1]:26381/my%20service/2")
    assert read.sentinels == (("a", 26380), ("b", 26379), ("::1", 26381))
    assert read.service == "my service"
    assert read.options == {"username": "ann", "password": "s3/cret", "db": 2}
    assert (read.tls, dict(read.sentinel_options)) == (False, {})


def test_sentinels_with_an_account_of_their_own() -> None:
    url = "redis+sentinel://:s3cret@a/service?sentinel_username=bob&sentinel_password=0ther"
    read = read_store_url(url)
    assert read.sentinel_options == {"username": "bob", "password": "0ther"}
    assert read.options == {"password": "s3cret"}


def test_with_tls_one_authority_is_for_both() -> None:
    read = read_store_url("rediss+sentinel://a/service/0?ssl_ca_certs=/ca.pem")
    assert read.tls
    assert read.options == {"db": 0, "ssl_ca_certs": "/ca.pem"}
    assert read.sentinel_options == {"ssl_ca_certs": "/ca.pem"}


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("s3cret", "give redis://"),
        ("http://s3cret", "give redis://"),
        ("redis://:s3cret@host:s3cret/0", "give redis://"),
        ("redis+sentinel://:s3cret@a:26379", "names no service"),
        ("redis+sentinel://:s3cret@a:26379/", "names no service"),
        ("redis+sentinel://:s3cret@a:26379/service/s3cret", "its database is no number"),
        ("redis+sentinel://:s3cret@a:s3cret/service", "no port that is a number"),
        ("redis+sentinel://:s3cret@a,,b/service", "a sentinel in it has no host"),
        ("redis+sentinel:///service", "a sentinel in it has no host"),
        ("redis+sentinel://[s3cret/service", "a sentinel in it has no host"),
        ("redis+sentinel://a/service?sentinel_secret=s3cret", "sentinel_username and sentinel_password only"),
        ("redis+sentinel://a/service?socket_timeout=s3cret", "give redis://"),
        ("redis+cluster://:s3cret@a:1,b:2", "it runs in cluster mode"),
        ("rediscluster://:s3cret@a:1", "several slots"),
    ],
)
def test_what_cannot_be_read_is_told_and_not_repeated(url: str, says: str) -> None:
    with pytest.raises(ValueError, match=says) as refused:
        read_store_url(url)
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "printed"),
    [
        ("redis://ann:s3cret@host:6379/0?password=s3cret", "redis://host:6379/0"),
        ("redis://host", "redis://host"),
        ("unix://ann:s3cret@/run/redis.sock?db=1", "unix:///run/redis.sock"),
        ("redis+sentinel://:s3cret@a:1,[::1]:2/s/0?sentinel_password=s3cret", "redis+sentinel://a:1,[::1]:2/s/0"),
        ("redis://host#s3cret", "redis://host"),
    ],
)  # fmt: skip
def test_it_is_printed_without_what_is_secret(url: str, printed: str) -> None:
    assert shown(url) == printed


def test_nothing_of_it_is_in_the_representation() -> None:
    read = read_store_url("redis+sentinel://:s3cret@a/service?sentinel_password=s3cret")
    assert "s3cret" not in repr(read)


def test_its_parts_are_the_whole() -> None:
    for url in ("redis://a:b@c:1/2?d=e", "unix://u:p@/x?db=1", "redis+sentinel://a:1,b:2/s/0", "redis://c"):
        scheme, userinfo, place, rest = split(url)
        assert f"{scheme}://{userinfo}{'@' if userinfo else ''}{place}{rest}" == url


def test_a_context_trusts_the_authority_that_is_named(tmp_path: Path) -> None:
    made = make_certificate(tmp_path)
    context = read_store_url(f"rediss://127.0.0.1?ssl_ca_certs={made.authority}").tls_context()
    assert context is not None
    assert context.check_hostname
    assert any("authbench throw-away authority" in str(each["subject"]) for each in context.get_ca_certs())


@pytest.mark.parametrize(
    ("option", "says"),
    [
        ("ssl_ca_certs={folder}/none.pem", "none.pem: cannot be read: No such file"),
        ("ssl_ca_certs={folder}/empty.pem", "empty.pem: certificates in PEM form must be in it"),
        ("ssl_certfile={folder}/none.pem", "none.pem: cannot be read: No such file"),
        ("ssl_cert_reqs=s3cret", "options of TLS in the store's URL"),
        ("ssl_nothing=s3cret", "options of TLS in the store's URL"),
    ],
)
def test_a_file_or_option_of_tls_that_cannot_be_used_is_one_line(
    tmp_path: Path, option: str, says: str
) -> None:
    (tmp_path / "empty.pem").touch()
    with pytest.raises(Failure, match=says) as refused:
        read_store_url(f"rediss://127.0.0.1?{option.format(folder=tmp_path)}").tls_context()
    assert "s3cret" not in str(refused.value)
