"""oauth4webapi, a client library for JavaScript that is certified for OpenID Connect, against `--oauth`."""

import json
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.judges import Objection
from judges.foreign_tool import run_tool
from judges.judge import Heard, Judge, Topic
from loadtests.attacks.laboratory.condition import Condition, Control
from loadtests.attacks.run_attacks import Laboratory
from servers.authorization_server.clients import DEMO_CLIENTS, DEMO_REDIRECT, DEMO_SECRET
from servers.contract.claims import AUDIENCE, ISSUER
from servers.database.accounts import DEMO_ACCOUNTS, DEMO_PASSWORD

_TOOLS = Path(__file__).parents[1] / "tools" / "oauth4webapi"
_PACKAGE = json.loads((_TOOLS / "package.json").read_text("utf-8"))
_VERSION: str = _PACKAGE["dependencies"]["oauth4webapi"]
_INSTALL_S = 120
_FLOW_S = 120
_SERVED = Condition("with OAuth", settings={"oauth": True, "demo_accounts": True})
_PKCE = "servers.vulnerable.endpoints.authorization:VulnerablePkce"
_REDIRECT = "servers.vulnerable.endpoints.authorization:VulnerableRedirect"
_CODES = "servers.vulnerable.endpoints.authorization:VulnerableCodes"
_ISSUER = "servers.vulnerable.endpoints.authorization:VulnerableIssuer"
_UNTYPED = "servers.vulnerable.endpoints.authorization:VulnerableUntyped"
_ANSWERS = "servers.vulnerable.endpoints.authorization:VulnerableAnswers"


class Oauth4webapi(Judge):
    """Real flows through its strict checks: code with PKCE, refresh, client credentials, revocation."""

    name = "oauth4webapi"
    home = "https://github.com/panva/oauth4webapi"
    subjects = ("jwt-rs256", "jwt-es256")
    topics = (
        Topic("answers", "Is an answer of the server not as the RFCs want it?", _ANSWERS),
        Topic("way back", "Does the way back to the client lack its state or its issuer?", _ISSUER),
        Topic("PKCE", "Is a code exchanged without the right verifier?", _PKCE),
        Topic("address of the client", "Does it send users to an address that is not registered?", _REDIRECT),
        Topic("code used twice", "Is a code good twice, or what its first use gave?", _CODES),
        Topic(
            "refresh token used twice",
            "Is a refresh token good twice, or its successor after that?",
            "jwt-refresh-static",
            row="H1",
        ),
        Topic("access token", "Is the access token none of RFC 9068, or not verified by our keys?", _UNTYPED),
    )

    def missing(self) -> str | None:
        for program in ("node", "npm"):
            if shutil.which(program) is None:
                return f"there is no {program}: install Node.js 20 or newer"
        try:
            _installed()
        except Failure as failure:
            return str(failure)
        return None

    def version(self) -> str:
        return f"oauth4webapi {_VERSION}"

    def hear(self, laboratory: Laboratory, subject: str, topics: Sequence[Topic]) -> Mapping[str, Heard]:
        names = [topic.name for topic in topics]
        with laboratory.target(subject, _SERVED, Control(subject)) as target:
            given = {
                "origin": target.origin,
                "issuer": ISSUER,
                "audience": AUDIENCE,
                "redirect_uri": DEMO_REDIRECT,
                "client_id": DEMO_CLIENTS[0].client_id,
                "service_id": DEMO_CLIENTS[1].client_id,
                "service_secret": DEMO_SECRET,
                "username": next(iter(DEMO_ACCOUNTS)),
                "password": DEMO_PASSWORD,
                "topics": names,
            }
            trust = {"NODE_EXTRA_CA_CERTS": str(laboratory.certificate.authority)}
            done = run_tool(["node", "flow.mjs"], _installed(), _FLOW_S, trust, json.dumps(given))
        if done.status != 0:
            raise Failure(f"oauth4webapi: the flow failed: {done.last_words}", ExitCode.INVALID)
        return heard(done.out, names)


def heard(out: str, topics: Sequence[str]) -> dict[str, Heard]:
    """What flow.mjs printed, by topic. A check that could not be made is no objection, and was not tried."""
    found = {topic: Heard() for topic in topics}
    for line in out.splitlines():
        said = json.loads(line)
        topic = found[said["topic"]]
        if said["not_run"] is not None:
            topic.not_run = topic.not_run or said["not_run"]
            continue
        topic.tried += 1
        if said["wrong"] is not None:
            topic.objections.append(Objection(check=said["check"], what=said["wrong"]))
    return found


def _installed() -> Path:
    """The folder with the library, installed at the first call with the versions and hashes of the lock file.

    It is part of this Python environment, not of the repository. Failure if npm cannot install it.
    """
    folder = Path(sys.prefix) / "judges" / f"oauth4webapi-{_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", "flow.mjs"):
        shutil.copyfile(_TOOLS / name, folder / name)
    if not (folder / "node_modules" / "oauth4webapi" / "package.json").is_file():
        quietly = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = run_tool(["npm", "ci", *quietly], folder, _INSTALL_S)
        if done.status != 0:
            raise Failure(f"npm cannot install oauth4webapi {_VERSION}: {done.last_words}")
    return folder
