"""What sslyze prints on compliance, read by topic."""

import pytest

from authbench.contracts.failure import Failure
from judges.outside.sslyze import Sslyze, heard

_TOPICS = [topic.name for topic in Sslyze.topics]
_HEAD = """ CHECKING CONNECTIVITY TO SERVER(S)
 ----------------------------------

   127.0.0.1:40000           => 127.0.0.1

 SCANS COMPLETED IN 1.23 S
 -------------------------

 COMPLIANCE AGAINST TLS CONFIGURATION
 ------------------------------------

    Checking results against Mozilla's "intermediate" configuration.

"""
_GOOD = "    127.0.0.1:40000: OK - Compliant.\n\n"
_BAD = """    127.0.0.1:40000: FAILED - Not compliant.
        * certificate_path_validation: Certificate path validation failed for CN=broken on purpose.
        * rsa_key_size: RSA key size is 1024, minimum allowed is 2048.
        * tls_versions: TLS versions {'TLSv1'} are supported, but should be rejected.
        * ciphers: Cipher suites {'TLS_RSA_WITH_AES_128_CBC_SHA'} are supported, but should be rejected.
        * tls_vulnerability_extended_master_secret: Server does not support EMS.

"""


def test_a_compliant_server_has_no_objections() -> None:
    said = heard(_HEAD + _GOOD, _TOPICS)
    assert list(said) == ["certificate", "versions", "ciphers", "known attacks"]
    assert all(each.tried and not each.objections for each in said.values())


def test_each_criterion_belongs_to_a_topic() -> None:
    said = heard(_HEAD + _BAD, _TOPICS)
    assert {name: [each.check for each in topic.objections] for name, topic in said.items()} == {
        "certificate": ["certificate_path_validation", "rsa_key_size"],
        "versions": ["tls_versions"],
        "ciphers": ["ciphers"],
        "known attacks": ["tls_vulnerability_extended_master_secret"],
    }
    assert said["versions"].objections[0].what.startswith("TLS versions {'TLSv1'}")


def test_curves_that_are_stronger_are_noted_and_others_objected_to() -> None:
    line = "    x: FAILED - Not compliant.\n        * tls_curves: TLS curves {} are supported, but.\n"
    stronger = heard(_HEAD + line.format({"X448", "secp521r1"}), _TOPICS)["ciphers"]
    assert not stronger.objections
    assert stronger.note == "takes X448 and secp521r1 as well, which are not weaker"
    weaker = heard(_HEAD + line.format({"X448", "secp192r1"}), _TOPICS)["ciphers"]
    assert [each.check for each in weaker.objections] == ["tls_curves"]


def test_a_criterion_that_is_not_known_is_not_lost() -> None:
    new = "    127.0.0.1:40000: FAILED - Not compliant.\n        * tls_surprise: Something new.\n"
    with pytest.raises(Failure, match="not known: tls_surprise"):
        heard(_HEAD + new, _TOPICS)


@pytest.mark.parametrize(
    "out", ["", _HEAD, _HEAD + "    127.0.0.1:40000: ERROR - Scan did not run successfully; review\n"]
)
def test_a_scan_that_did_not_end_has_said_nothing(out: str) -> None:
    with pytest.raises(Failure, match="did not run to its end"):
        heard(out, _TOPICS)
