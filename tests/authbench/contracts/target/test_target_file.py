"""A target file is read whole; what is wrong in it is one line. The documented examples are right."""

from pathlib import Path

import pytest

from authbench.contracts.failure import Failure
from authbench.contracts.target.guard import looks_like_a_login
from authbench.contracts.target.target_file import (
    CredentialRecipe,
    InCgroup,
    InContainer,
    Target,
    Which,
    read_target,
)

ROOT = Path(__file__).parents[4]
TARGETS = ROOT / "docs" / "targets"

SMALL = """
name = "shop"
base_url = "http://127.0.0.1:8000"
users = { file = "users.csv" }
[[variants]]
name = "session"
login = { path = "/login", body = { username = "{username}", password = "{password}" } }
credential = { cookie = "sid" }
lifetime = { cookie = true }
endpoints = [{ path = "/me" }]
"""


def read(folder: Path, content: str) -> Target:
    path = folder / "target.toml"
    path.write_text(content, "utf-8")
    return read_target(path)


def test_a_small_file_has_what_is_needed(tmp_path: Path) -> None:
    target = read(tmp_path, SMALL)
    assert target.users.file == tmp_path / "users.csv"
    assert target.base_of(target.variants[0]) == "http://127.0.0.1:8000"
    assert target.processes_of(target.variants[0]).server is None


@pytest.mark.parametrize("path", sorted(TARGETS.rglob("*.toml")), ids=lambda path: path.parent.name)
def test_the_examples_are_right(path: Path, tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    assert len(read(tmp_path, path.read_text("utf-8")).variants) == 2


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'cookie = "sid"',
            'cooky = "sid"',
            "unknown key 'variants.0.credential.cooky'; did you mean 'cookie'?",
        ),
        ('cookie = "sid"', 'cookie = "sid", pointer = "/x"', "give one of cookie, pointer and header"),
        ("{ cookie = true }", "{ cookie = true, jwt = true }", "give one of seconds, pointer, jwt = true"),
        ("lifetime = { cookie = true }", "", "variants.0.lifetime: Field required"),
        ("{password}", "secret", "form, body or headers must have {password} somewhere"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000/api", "scheme, host and port only"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "base_url is scheme, host and port"),
        ("http://127.0.0.1:8000", "https://127.0.0.1:8000", "https needs authority"),
        ('users = { file = "users.csv" }', "", "users: Field required"),
        ('[{ path = "/me" }]', "[]", "variants.0.endpoints"),
        ('[{ path = "/me" }]', '[{ path = "me" }]', "variants.0.endpoints.0.path: a path begins with /"),
        ('[{ path = "/me" }]', '[{ path = "/\xe9" }]', "others are written as %XX"),
        ("{ cookie = true }", "{ seconds = inf }", "Input should be a finite number"),
        ('"{password}" }', '"{password}", born = 1990-01-01 }', "JSON, which has no dates"),
        ('"{password}" } }', '"{password}" }, headers = { "X Y" = "z" } }', "the name of a header has"),
        ('cookie = "sid"', 'cookie = "sid", present_header = "X: Y"', "the name of a header has"),
        (
            "endpoints",
            'processes = { store = "listening" }\nendpoints',
            "processes.store needs redis_url or sql_url",
        ),
        ("endpoints", 'refresh = { path = "/r", token = { pointer = "/r" } }\nendpoints', "{refresh_token}"),
        *(
            ("endpoints", f"processes = {{ server = {wrong} }}\nendpoints", told)
            for wrong, told in (
                ('"listenin"', "processes.server: 'listening', [process ids], { container = 'NAME' } or"),
                ('["1"]', "processes.server: a whole number is wanted, not '1'"),
                ('{ contaner = "shop" }', "{ container = 'NAME' } or { cgroup = 'PATH' } is wanted"),
                ('{ container = "shop", cgroup = "/shop" }', "{ cgroup = 'PATH' } is wanted"),
                ('{ container = "--help" }', "processes.server: '--help' is no name or id of a container"),
                ('{ cgroup = "" }', "{ cgroup = 'PATH' } is wanted"),
            )
        ),
    ],
)
def test_a_mistake_is_one_line(tmp_path: Path, old: str, new: str, told: str) -> None:
    assert old in SMALL
    with pytest.raises(Failure) as failure:
        read(tmp_path, SMALL.replace(old, new))
    assert told in str(failure.value)
    assert "\n" not in str(failure.value)


@pytest.mark.parametrize(
    ("whose", "found"),
    [
        ('"listening"', "listening"),
        ("[1, 2]", [1, 2]),
        ('{ container = "shop_web-1" }', InContainer(container="shop_web-1")),
        ('{ cgroup = "/system.slice/shop.service" }', InCgroup(cgroup="/system.slice/shop.service")),
    ],
)
def test_whose_cpu_time_is_read(tmp_path: Path, whose: str, found: Which) -> None:
    target = read(
        tmp_path, SMALL.replace("[[variants]]", f"processes = {{ server = {whose} }}\n[[variants]]")
    )
    assert target.processes_of(target.variants[0]).server == found


def test_a_refresh_token_may_be_repeated_in_a_header(tmp_path: Path) -> None:
    headers = '{ Authorization = "Bearer {refresh_token}" }'
    refresh = f'refresh = {{ path = "/r", headers = {headers}, token = {{ pointer = "/r" }} }}\n'
    assert read(tmp_path, SMALL.replace("endpoints", f"{refresh}endpoints")).variants[0].refresh


def test_the_authority_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "ca.pem").touch()
    monkeypatch.chdir(tmp_path)
    target = read(Path(), SMALL.replace("[[variants]]", 'authority = "ca.pem"\n[[variants]]'))
    assert target.authority == tmp_path / "ca.pem"


def test_variants_do_the_same_work(tmp_path: Path) -> None:
    other = SMALL.partition("[[variants]]")[2].replace('"session"', '"other"')
    more = other.replace('[{ path = "/me" }]', '[{ path = "/me" }, { path = "/you" }]')
    assert len(read(tmp_path, f"{SMALL}[[variants]]{other}").variants) == 2
    with pytest.raises(Failure, match="as many endpoints as the others"):
        read(tmp_path, f"{SMALL}[[variants]]{more}")
    with pytest.raises(Failure, match="two variants have the same name"):
        read(tmp_path, f"{SMALL}[[variants]]{SMALL.partition('[[variants]]')[2]}")


@pytest.mark.parametrize(
    ("recipe", "presented"),
    [
        ({"cookie": "sid"}, {"Cookie": "sid=x"}),
        ({"cookie": "sid", "present_header": "cookie"}, {"Cookie": "sid=x"}),
        ({"pointer": "/t"}, {"Authorization": "Bearer x"}),
        ({"header": "T", "present_header": "X-T", "present_value": "T {credential}"}, {"X-T": "T x"}),
        ({"pointer": "/t", "present_header": "Cookie", "present_value": "t={credential}"}, {"Cookie": "t=x"}),
        ({"cookie": "sid", "present_header": "X-Sid", "present_value": "{credential}"}, {"X-Sid": "x"}),
    ],
)
def test_how_a_request_presents_a_credential(recipe: dict[str, str], presented: dict[str, str]) -> None:
    assert CredentialRecipe.model_validate(recipe).presented("x") == presented


def test_what_looks_like_a_login() -> None:
    assert looks_like_a_login(40_000, 50_000)
    assert not looks_like_a_login(2_000, 50_000)
    assert not looks_like_a_login(900, 1_000), "so fast a login hashes nothing"
