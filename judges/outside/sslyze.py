"""sslyze, which tries TLS versions, ciphers, the certificate and known attacks, against `--tls`."""

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from authbench.contracts.failure import ExitCode, Failure
from authbench.contracts.security.judges import Objection
from judges.foreign_tool import run_tool
from judges.judge import Heard, Judge, Topic
from judges.vulnerable_tls import vulnerable_tls
from loadtests.attacks.laboratory.condition import NORMAL
from loadtests.attacks.run_attacks import Laboratory

VARIABLE = "SSLYZE"
_SCAN_S = 180
_ASKED_S = 60
CONTROL = "vulnerable TLS"
_ISSUE = re.compile(r"^ +\* (?P<criterion>[a-z_0-9]+): (?P<what>.+)$", re.MULTILINE)
_VERDICT = re.compile(r"^ +.+: (?P<word>OK|FAILED|ERROR) - ", re.MULTILINE)
_STRONG_CURVES = {"X448", "secp521r1"}
"""Of 224 and 256 bits, but not on Mozilla's list. Python's ssl takes no list of curves before 3.15."""
_TOPICS = {
    "certificate": (
        "certificate_path_validation",
        "certificate_curves",
        "certificate_types",
        "certificate_signatures",
        "rsa_key_size",
        "maximum_certificate_lifespan",
    ),
    "versions": ("tls_versions",),
    "ciphers": ("ciphersuites", "ciphers", "ecdh_param_size", "dh_param_size", "tls_curves"),
    "known attacks": (
        "tls_vulnerability_compression",
        "tls_vulnerability_ccs_injection",
        "tls_vulnerability_fallback_scsv",
        "tls_vulnerability_heartbleed",
        "tls_vulnerability_robot",
        "tls_vulnerability_renegotiation",
        "tls_vulnerability_extended_master_secret",
    ),
}
"""Topic -> the names that sslyze gives to the criteria of Mozilla's configuration."""


class Sslyze(Judge):
    """Mozilla's configuration "intermediate", as sslyze checks it."""

    name = "sslyze"
    home = "https://github.com/nabla-c0d3/sslyze"
    subjects = ("session-redis",)  # TLS is the same behind every scheme
    topics = (
        Topic("certificate", "Is the certificate not trusted, or its key too small?", CONTROL),
        Topic("versions", "Does the server speak a version of TLS that is too old?", CONTROL),
        Topic("ciphers", "Does it take a cipher or a curve that is weaker than recommended?", CONTROL),
        Topic("known attacks", "Does a known attack on TLS apply?", CONTROL),
    )

    def missing(self) -> str | None:
        if _program() is None:
            return f"it is not on PATH: install it, or give make judges {VARIABLE}=PROGRAM"
        return None

    def version(self) -> str | None:
        asked = run_tool([_program() or "sslyze", "--help"], Path.cwd(), _ASKED_S)
        found = re.search(r"SSLyze version (\S+)", asked.out)
        return f"sslyze {found[1]}" if found else "sslyze"

    def hear(self, laboratory: Laboratory, subject: str, topics: Sequence[Topic]) -> Mapping[str, Heard]:
        names = [topic.name for topic in topics]
        if subject == CONTROL:
            with vulnerable_tls(laboratory.scratch) as port:
                return heard(_scan(laboratory, port), names)
        with laboratory.target(subject, NORMAL) as target:
            return heard(_scan(laboratory, target.server.port), names)


def heard(out: str, topics: Sequence[str]) -> dict[str, Heard]:
    """What the part on compliance says, by topic. Failure if sslyze did not come so far."""
    part = out.partition("COMPLIANCE AGAINST TLS CONFIGURATION")[2]
    verdict = _VERDICT.search(part)
    if verdict is None or verdict["word"] == "ERROR":
        last = " ".join(out.split())[-300:]
        raise Failure(f"sslyze: the scan did not run to its end: {last}", ExitCode.INVALID)
    found = {topic: Heard(tried=len(_TOPICS[topic])) for topic in topics}
    for issue in _ISSUE.finditer(part):
        topic = next((name for name, criteria in _TOPICS.items() if issue["criterion"] in criteria), None)
        if topic is None:
            raise Failure(f"sslyze: a criterion that is not known: {issue['criterion']}", ExitCode.INVALID)
        if issue["criterion"] == "tls_curves" and (curves := _curves(issue["what"])) <= _STRONG_CURVES:
            if topic in found:
                found[topic].note = f"takes {' and '.join(sorted(curves))} as well, which are not weaker"
            continue
        if topic in found:
            objection = Objection(check=issue["criterion"], what=issue["what"])
            found[topic].objections.append(objection)
    return found


def _curves(what: str) -> set[str]:
    """The curves that the sentence of sslyze names."""
    return set(re.findall(r"'([^']+)'", what))


def _scan(laboratory: Laboratory, port: int) -> str:
    command = [
        _program() or "sslyze",
        "--mozilla_config=intermediate",
        "--certinfo_ca_file",
        str(laboratory.certificate.authority),
        f"127.0.0.1:{port}",
    ]
    return run_tool(command, laboratory.scratch, _SCAN_S).out


def _program() -> str | None:
    return shutil.which(os.path.expanduser(os.environ.get(VARIABLE) or "sslyze"))
