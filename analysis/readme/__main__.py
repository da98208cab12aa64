"""`python -m analysis.readme [RUN]`: write the figures of README and documents, and the README's picture.

Documents about security take theirs from the newest security reports in results/reference/security, that of
published claims from the newest report in results/reference/replication. RUN is
the derived directory of a run, such as results/reference/derived/<run>; without it, that of the newest
reference run of the experiment quick.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from analysis.readme.blocks import page_of, rewritten
from analysis.readme.capacity_blocks import DOCUMENT, capacity_document
from analysis.readme.claim_blocks import DOCUMENT as CLAIMS
from analysis.readme.claim_blocks import claims_document
from analysis.readme.picture import BACKGROUNDS, draw
from analysis.readme.security_blocks import DOCUMENTS, security_document
from analysis.records.summary import Summary
from analysis.security.evidence import evidence_in
from authbench.contracts.failure import Failure
from authbench.contracts.replication.folder import newest_replication
from authbench.contracts.run_directory import read_manifest

ROOT = Path(__file__).resolve().parents[2]
_REFERENCE = ROOT / "results" / "reference" / "derived"


def reference_run() -> Path:
    """Return the derived directory of the newest reference run of quick. Failure if there is none."""
    runs = sorted(_REFERENCE.glob("*-quick-*"))
    if not runs:
        raise Failure(f"{_REFERENCE}: has no run of quick: give the derived directory of a run")
    return runs[-1]


def outputs(run: Path) -> dict[Path, str]:
    """Return the content of each file that shows figures of this run. Nothing is written."""
    file = run.resolve() / "summary.json"
    if not file.is_file():
        raise Failure(
            f"{file}: is missing: give the derived directory of a run, which authbench report makes"
        )
    summary = Summary.model_validate_json(file.read_text("utf-8"))
    readme = ROOT / "README.md"
    pictures = {
        ROOT / "docs" / "images" / f"three-answers-{scheme}.svg": draw(summary, scheme)
        for scheme in BACKGROUNDS
    }
    evidence = evidence_in(ROOT / "results" / "reference")
    documents = {
        ROOT / name: security_document((ROOT / name).read_text("utf-8"), name, evidence) for name in DOCUMENTS
    }
    plans, claims = ROOT / DOCUMENT, ROOT / CLAIMS
    replication = newest_replication(ROOT / "results" / "reference")
    manifest = read_manifest(run.resolve().parents[1] / "raw" / run.name)
    return {
        plans: capacity_document(plans.read_text("utf-8"), summary, manifest),
        claims: claims_document(claims.read_text("utf-8"), replication),
        readme: rewritten(readme.read_text("utf-8"), summary, page_of(file, ROOT)),
        **documents,
        **pictures,
    }


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
