from pathlib import Path

from analysis.security.evidence import evidence_in
from authbench.contracts.security.report import Kind, read_security_report, write_security_report
from authbench.contracts.store_size.report import StoreSizeReport
from tests.analysis.store_size.reports import report


def test_a_report_lies_apart_from_those_of_security(tmp_path: Path) -> None:
    made = report()
    path = write_security_report(tmp_path, made)
    assert path == tmp_path / "store-size" / made.header.run_id / "store-size.json"
    assert read_security_report(path, StoreSizeReport) == made
    assert evidence_in(tmp_path) is None, "it says nothing of security"
    assert Kind.ATTACK.folder == "security"
