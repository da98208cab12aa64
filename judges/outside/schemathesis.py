"""schemathesis, which reads our OpenAPI document and tries what it says."""

import importlib.metadata
import json
import os
import shutil
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.judges import Objection
from judges.foreign_tool import run_tool
from judges.judge import Heard, Judge, Topic
from judges.tools import schemathesis_login
from loadtests.attacks.laboratory.condition import Condition
from loadtests.attacks.laboratory.lab import AttackLab
from loadtests.attacks.run_attacks import Laboratory

_ROOT = Path(__file__).parents[2]
_RUN_S = 180
_EXAMPLES = 3
"""Of each operation, besides what its coverage phase makes."""
_BRIEF = Condition("tokens for three seconds", tls=False, settings={"token_lifetime_s": 3})
"""So brief that a run without a refresh would end without a credential."""
_CHECKS = {"ignored authentication": "ignored_auth"}
"""Topic -> the check that answers it. `use_after_free` and `object_level_authorization` have nothing to act
on: no object can be read by itself, neither after it was deleted nor by somebody else."""
_UNENFORCED = "servers.vulnerable.endpoints.enforcement:VulnerableUnenforced"


class Schemathesis(Judge):
    """Whether the security that the document declares is there, asked with a login that it renews itself."""

    name = "schemathesis"
    home = "https://github.com/schemathesis/schemathesis"
    subjects = ("session-redis", "jwt-hs256", "opaque-redis")
    topics = (
        Topic(
            "ignored authentication",
            "Does an operation that declares a credential answer without, or with a wrong one?",
            _UNENFORCED,
            row="G3",
        ),
    )

    def missing(self) -> str | None:
        if _program() is None:
            return "it is not installed: make setup installs it"
        return None

    def version(self) -> str | None:
        return f"schemathesis {importlib.metadata.version('schemathesis')}"

    def hear(self, laboratory: Laboratory, subject: str, topics: Sequence[Topic]) -> Mapping[str, Heard]:
        names = [topic.name for topic in topics]
        folder = laboratory.scratch / "schemathesis"
        folder.mkdir(exist_ok=True)
        report, count = folder / "events.ndjson", folder / "count"
        for path in (report, count):
            path.unlink(missing_ok=True)
        with laboratory.target(subject, _BRIEF) as target, target.connect() as connection:
            person = AttackLab(target, connection).new_person()
            told = {
                "card": target.card.model_dump(mode="json"),
                "origin": target.origin,
                "host": target.server.host,
                "port": target.server.port,
                "username": person.username,
                "password": person.password,
                "count": str(count),
            }
            environment = {
                schemathesis_login.TOLD: json.dumps(told),
                "SCHEMATHESIS_HOOKS": schemathesis_login.__name__,
                "PYTHONPATH": os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH")))),
            }
            checks = ",".join(_CHECKS[name] for name in names)
            done = run_tool(_command(target.origin, checks, report), folder, _RUN_S, environment)
        if done.status not in (0, 1) or not report.is_file():
            raise Failure(f"schemathesis: it did not do its work: {done.last_words}", ExitCode.INVALID)
        said = heard(report.read_text("utf-8").splitlines(), names)
        logins = Counter(count.read_text("utf-8").split()) if count.is_file() else Counter[str]()
        for each in said.values():
            each.note = f"{logins['login']} logins and {logins['refresh']} refreshes of its own"
        return said


def heard(events: Sequence[str], topics: Sequence[str]) -> dict[str, Heard]:
    """What its events say, by topic. Tried is an operation that has let it in at least once."""
    found = {topic: Heard() for topic in topics}
    let_in: set[str] = set()
    objections: dict[str, dict[str, Objection]] = {topic: {} for topic in topics}
    for line in events:
        scenario = json.loads(line).get("ScenarioFinished")
        if scenario is None:
            continue
        recorder = scenario["recorder"]
        let_in |= _let_in(recorder)
        for checks in recorder.get("checks", {}).values():
            for check in checks:
                topic = next((name for name in topics if _CHECKS[name] == check["name"]), None)
                if topic is not None and check["status"] == "failure":
                    objection = _objection(check, recorder["label"])
                    objections[topic].setdefault(objection.what, objection)
    for topic, heard_on in found.items():
        heard_on.tried = len(let_in)
        heard_on.objections = list(objections[topic].values())
        if not let_in:
            heard_on.not_run = "no operation ever let it in, so there was nothing to compare with"
    return found


def _let_in(recorder: Mapping[str, Any]) -> set[str]:
    """The operation, if one of its requests with a credential was answered with success."""
    for interaction in recorder.get("interactions", {}).values():
        sent = {name.lower() for name in interaction["request"]["headers"]}
        response = interaction.get("response") or {}
        if sent & {"authorization", "cookie"} and 200 <= response.get("status_code", 0) < 300:
            return {recorder["label"]}
    return set()


def _objection(check: Mapping[str, Any], label: str) -> Objection:
    failure = check.get("failure_info", {}).get("failure", {})
    what = " ".join(str(failure.get("message") or failure.get("title") or "failed").split())
    return Objection(check=check["name"], what=what if label in what else f"{label}: {what}")


def _command(origin: str, checks: str, report: Path) -> list[str]:
    return [
        str(_program()),
        *("run", f"{origin}/openapi.json", "--seed", "1", "--no-color"),
        *("--max-examples", str(_EXAMPLES), "--phases", "coverage,fuzzing", "--continue-on-failure"),
        *("--generation-database", "none", "--checks", checks),
        *("--report", "ndjson", "--report-ndjson-path", str(report)),
    ]


def _program() -> str | None:
    own = Path(sys.executable).with_name("schemathesis")
    return str(own) if own.is_file() else shutil.which("schemathesis")
