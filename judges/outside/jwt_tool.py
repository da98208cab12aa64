"""jwt_tool, which forges a token in some hundred ways. It is GPL-3.0: the user brings a copy of it."""

import os
import re
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.judges import Objection
from judges.foreign_tool import Done, run_tool
from judges.judge import Heard, Judge, Topic
from loadtests.attacks.laboratory.condition import Condition
from loadtests.attacks.laboratory.jws import Jws
from loadtests.attacks.laboratory.lab import AttackLab
from loadtests.attacks.laboratory.target import Target
from loadtests.attacks.run_attacks import Laboratory

VARIABLE = "JWT_TOOL"
_SCAN_S = 300
_HELP_S = 60
_PLAIN = Condition("plain HTTP", tls=False)
_BROKEN = "servers.vulnerable.tokens.verification"
_FOUND = re.compile(r'\[\+\] FOUND ".*" in response:')
_LINE = re.compile(r"jwttool_[0-9a-f]{32} (?P<what>.+) Response Code: (?P<status>\d{3}), \d+ bytes")
_CRACKED = re.compile(r"\[\+\] (?P<what>.+ is the CORRECT key!)")
_VERSION = re.compile(r'^jwttoolvers = "(.+)"$', re.MULTILINE)
_SERVER_ERROR = "server error"
_GENUINE = ("Prescan: original token", "Prescan: repeat original token", "Persistence check")
_TOPICS = {
    'Exploit: "alg":"': "algorithm none",
    "Exploit: RSA Key Confusion": "key confusion",
    "Exploit: Null signature": "signature",
    "Broken signature": "signature",
    "Prescan: ": "signature",
    "Claim processing check": "signature",
    "Exploit: Blank password": "guessable secret",
    "Checking for alternative accepted HMAC": "guessable secret",
    "Exploit: Injected JWKS": "key of the token",
    "Exploit: Spoof JWKS": "key of the token",
    "Injected kid claim": "key of the token",
    "Injected ": "signature",
}
"""Beginning of its name for a request -> topic; the first that fits. All of them are forged tokens."""


class JwtTool(Judge):
    """Its playbook, its forced errors and its common claims, one request for each forged token."""

    name = "jwt_tool"
    home = "https://github.com/ticarpi/jwt_tool"
    subjects = ("jwt-hs256", "jwt-rs256", "jwt-es256")
    topics = (
        Topic("algorithm none", "Is an unsigned token accepted?", f"{_BROKEN}:VulnerableNone", "G1"),
        Topic(
            "key confusion",
            "Is a token accepted that the public key signed as a secret?",
            f"{_BROKEN}:VulnerableKeyConfusion",
            "G2",
        ),
        Topic("signature", "Is a changed token accepted?", f"{_BROKEN}:VulnerableUnverified", "G3"),
        Topic("guessable secret", "Did a well-known secret sign it?", f"{_BROKEN}:VulnerableSecret", "G4"),
        Topic("key of the token", "Does a token choose its own key?", f"{_BROKEN}:VulnerableKeyId", "G5"),
        Topic(
            _SERVER_ERROR, "Does a forged token make the server fail?", f"{_BROKEN}:VulnerableParser", "G9"
        ),
    )

    def missing(self) -> str | None:
        folder = os.environ.get(VARIABLE)
        if not folder:
            return f"give its folder: make judges {VARIABLE}=FOLDER, with a copy of {self.home}"
        script = Path(folder).expanduser() / "jwt_tool.py"
        if not script.is_file():
            return f"{VARIABLE}: there is no jwt_tool.py in {folder}"
        python = _python(script)
        if python is None:
            return "there is no python3 on PATH to run it with"
        asked = run_tool([python, str(script), "--help"], script.parent, _HELP_S, {"HOME": "/nonexistent"})
        if asked.status != 0:
            return f"{python} cannot run it: {asked.last_words}"
        return None

    def version(self) -> str | None:
        found = _VERSION.search((_folder() / "jwt_tool.py").read_text("utf-8", "replace"))
        return f"jwt_tool {found[1]}" if found else None

    def hear(self, laboratory: Laboratory, subject: str, topics: Sequence[Topic]) -> Mapping[str, Heard]:
        # The playbook has what the controls must fall to, but for headers of another type: these are in the
        # forced errors, which only all tests together run with the playbook.
        forced = any(topic.name == _SERVER_ERROR for topic in topics)
        mode = "at" if forced else "pb"
        with laboratory.target(subject, _PLAIN) as target, target.connect() as connection:
            person = AttackLab(target, connection).logged_in()
            token = person.credential["Authorization"]
            home = laboratory.scratch / "jwt_tool"
            public = _public_key(target, token, laboratory.scratch)
            done = _scan(target, token, person.username, home, public, mode)
        try:
            return heard(done.out, [topic.name for topic in topics], has_public_key=public is not None)
        except Failure as failure:
            raise Failure(f"{failure}: {done.last_words}", ExitCode.INVALID) from None


@dataclass(frozen=True)
class Sent:
    """One request of jwt_tool, as its output tells of it."""

    what: str
    status: int
    accepted: bool
    """The canary was in the answer."""


def sent(out: str) -> Iterator[Sent]:
    """Every request in the output."""
    found = False
    for line in out.splitlines():
        request = _LINE.fullmatch(line.strip())
        if request:
            yield Sent(request["what"], int(request["status"]), found)
        found = _FOUND.fullmatch(line.strip()) is not None


def heard(out: str, topics: Sequence[str], *, has_public_key: bool) -> dict[str, Heard]:
    """What the output says on each of the topics. Failure if the genuine token was not accepted each time."""
    found = {topic: Heard() for topic in topics}
    for request in sent(out):
        if request.what.startswith(_GENUINE):
            if not request.accepted:
                raise Failure(f"jwt_tool: the genuine token was refused ({request.what}: {request.status})")
            continue
        objection = Objection(check=request.what, what=f"status {request.status}")
        failed = found.get(_SERVER_ERROR, Heard())
        failed.tried += 1
        if request.status >= 500:
            failed.objections.append(objection)
        name = next((topic for start, topic in _TOPICS.items() if request.what.startswith(start)), None)
        heard_on = found.get(name or "", Heard())
        heard_on.tried += 1
        if request.accepted:
            heard_on.objections.append(objection)
    if cracked := _CRACKED.search(out):
        found.get("guessable secret", Heard()).objections.append(
            Objection(check="Weak HMAC secret", what=cracked["what"])
        )
    if not any(each.tried for each in found.values()):
        raise Failure("jwt_tool sent nothing")
    if not has_public_key and "key confusion" in found:
        found["key confusion"] = Heard(not_run="a shared secret signs: there is no public key")
    return found


def _scan(
    target: Target, authorization: str, canary: str, home: Path, public: Path | None, mode: str
) -> Done:
    """Run it twice: the first time it only writes its configuration, and keys, into its home."""
    script = _folder() / "jwt_tool.py"
    home.mkdir(exist_ok=True)
    command = [
        _python(script) or "python3",
        str(script),
        *("-t", f"{target.origin}/me"),
        *("-rh", f"Authorization: {authorization}"),
        *("-cv", canary),
        *("-M", mode),
        # Nothing leaves this machine: without it, tokens name an address of a public service.
        *("-ju", f"{target.origin}/jwks.json"),
        "-np",
        *(("-pk", str(public)) if public else ()),
    ]
    environment = {"HOME": str(home), "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    done = run_tool(command, script.parent, _SCAN_S, environment, "n\n" * 100)
    if "Configuration file built" in done.out:
        done = run_tool(command, script.parent, _SCAN_S, environment, "n\n" * 100)
    return done


def _public_key(target: Target, authorization: str, scratch: Path) -> Path | None:
    """A file with the public key that verifies, in PEM; None where a secret signs."""
    parsed = Jws.parse(authorization.partition(" ")[2])
    algorithm = str(parsed.header.get("alg")) if parsed else ""
    files = sorted(Path(target.settings["keys_directory"]).glob(f"{algorithm}-*.pem"))
    if not files:
        return None
    key = load_pem_private_key(files[0].read_bytes(), password=None).public_key()
    path = scratch / f"{algorithm}-public.pem"
    path.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    return path


def _folder() -> Path:
    return Path(os.environ[VARIABLE]).expanduser().resolve()


def _python(script: Path) -> str | None:
    """The Python that runs it: of an environment in its folder, else this one's if it has what is needed."""
    for name in (".venv", "venv"):
        own = script.parent / name / "bin" / "python"
        if own.is_file():
            return str(own)
    return shutil.which("python3", path=os.environ.get("PATH", "").replace(str(Path(sys.prefix) / "bin"), ""))
