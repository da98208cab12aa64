"""`python -m analysis.readme [RUN]`: write the figures of README and documents, and the README's picture.

Documents about security take theirs from the newest reports in results/reference/security, that about the
highest rate from the newest search in results/reference/saturation, that about published claims from the
newest report of each claim in results/reference/replication. RUN is the derived directory of a run, such as
results/reference/derived/<run>; without it, that of the newest reference run of the experiment quick.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.readme.blocks import page_of, rewritten
from analysis.readme.capacity_blocks import DOCUMENT, Run, capacity_document
from analysis.readme.claim_blocks import DOCUMENT as CLAIMS
from analysis.readme.claim_blocks import claims_document
from analysis.readme.companion_blocks import companion_writers
from analysis.readme.experiment_blocks import DOCUMENT as EXPERIMENTS_DOCUMENT
from analysis.readme.experiment_blocks import EXPERIMENTS, Answered, experiments_document
from analysis.readme.picture import BACKGROUNDS, draw
from analysis.readme.printed_blocks import DOCUMENT as TUTORIAL
from analysis.readme.printed_blocks import printed_document
from analysis.readme.saturation_blocks import DOCUMENT as SATURATION
from analysis.readme.saturation_blocks import newest_search, saturation_document
from analysis.readme.security_blocks import DOCUMENTS, security_document
from analysis.records.summary import Summary
from analysis.security.evidence import evidence_in
from authbench.contracts.failure import Failure
from authbench.contracts.replication.folder import replications
from authbench.contracts.run_directory import read_manifest
from authbench.contracts.security.report import Kind, read_security_report, security_reports
from authbench.contracts.store_size.report import StoreSizeReport

ROOT = Path(__file__).resolve().parents[2]
_RESULTS = ROOT / "results" / "reference"
_REFERENCE = _RESULTS / "derived"


def reference_run() -> Path:
    """Return the derived directory of the newest reference run of quick. Failure if there is none."""
    found = _newest("quick")
    if found is None:
        raise Failure(f"{_REFERENCE}: has no run of quick: give the derived directory of a run")
    return found


def _newest(experiment: str) -> Path | None:
    """The derived directory of the newest reference run of an experiment; None: there is none."""
    return max(_REFERENCE.glob(f"*-{experiment}-*"), default=None)


def outputs(run: Path) -> dict[Path, str]:
    """Return the content of each file that shows figures of this run. Nothing is written."""
    file = run.resolve() / "summary.json"
    if not file.is_file():
        raise Failure(
            f"{file}: is missing: give the derived directory of a run, which authbench report makes"
        )
    summary, _ = _read(run)
    readme = ROOT / "README.md"
    pictures = {
        ROOT / "docs" / "images" / f"three-answers-{scheme}.svg": draw(summary, scheme)
        for scheme in BACKGROUNDS
    }
    evidence = evidence_in(_RESULTS)
    documents = {
        ROOT / name: security_document((ROOT / name).read_text("utf-8"), name, evidence) for name in DOCUMENTS
    }
    plans, alone = ROOT / DOCUMENT, [_newest(name) for name in ("operations", "writes")]
    sizes = [
        read_security_report(path, StoreSizeReport) for path in security_reports(_RESULTS, Kind.STORE_SIZE)
    ]
    further = ROOT / EXPERIMENTS_DOCUMENT
    beside = companion_writers(summary, _answered(_newest("schemes")))
    answered = {name: _answered(_newest(name)) for name in EXPERIMENTS}
    rates, claims, tutorial = ROOT / SATURATION, ROOT / CLAIMS, ROOT / TUTORIAL
    return {
        plans: capacity_document(
            plans.read_text("utf-8"), _read(run), [_read(each) for each in alone if each is not None], sizes
        ),
        rates: saturation_document(rates.read_text("utf-8"), newest_search(_RESULTS)),
        claims: claims_document(claims.read_text("utf-8"), replications(_RESULTS)),
        tutorial: printed_document(tutorial.read_text("utf-8"), summary),
        further: experiments_document(further.read_text("utf-8"), answered),
        readme: rewritten(readme.read_text("utf-8"), summary, page_of(file, ROOT), beside),
        **documents,
        **pictures,
    }


def _read(derived: Path) -> Run:
    """Summary and manifest of a run, by its derived directory."""
    summary = Summary.model_validate_json((derived / "summary.json").read_text("utf-8"))
    return summary, read_manifest(derived.resolve().parents[1] / "raw" / derived.name)


def _answered(derived: Path | None) -> Answered | None:
    """Summary and page of a run, by its derived directory; None: there is none."""
    return None if derived is None else Answered(_read(derived)[0], page_of(derived / "summary.json", ROOT))


def main(arguments: Sequence[str]) -> int:
    """Write them; return the exit status."""
    try:
        for path, content in outputs(Path(arguments[0]) if arguments else reference_run()).items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(content, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")
    except Failure as failure:
        print(f"analysis.readme: {failure}", file=sys.stderr)
        return int(failure.exit_code)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
