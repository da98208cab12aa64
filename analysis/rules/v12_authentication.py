from collections import Counter

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.finding import Finding
from authbench.contracts.records import Outcome, SliceRecord

_UNAVAILABLE = 503
"""The status when the store did not answer in time: nobody was let in, and nothing was proven."""
_NOT_AS_PROMISED = {
    Outcome.REFUSED: "good credentials were refused",
    Outcome.WRONG_STATUS: "replies had an unexpected status",
    Outcome.WRONG_BODY: "replies had another body than the credential's own",
}


def _is_refusal(status: int) -> bool:
    """A service that is not ours may send strangers to its login page, or hide what is there."""
    return 300 <= status < 500


def _must_refuse(run: RunData) -> list[str]:
    """Arms that authenticate: as their cards say, and all of a service that is not ours."""
    if run.manifest.service:
        return run.arms
    return [arm for arm, card in run.manifest.cards.items() if card.authenticates]


class Authentication(RunRule):
    """V12 voids a run in which a bad credential was accepted, or a good one refused, or in which no bad
    credential was tried on an arm that authenticates.
    """

    code = "V12"
    lie = "it authenticates"
    advice = "do not measure a scheme that does not authenticate: run `authbench verify`"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        """Every slice, void ones included. One finding per arm."""
        findings: dict[str, Finding] = {}
        tried: set[str] = set()
        outcomes: dict[tuple[int, int, str], Counter[Outcome]] = {}
        for rows_of in (run.rows, run.ladder_rows):
            for key, counts in rows_of.outcomes():
                outcomes.setdefault((key.generation, key.cycle, key.arm), Counter()).update(counts)
        for judged in run.records:
            record = judged.measured
            if any(_is_refusal(c.expected_status) and c.as_expected for c in record.canaries):
                tried.add(record.arm)
            place = (record.generation, record.cycle, record.arm)
            if record.purpose == "saturated":  # its rows are not kept; failed requests there are V41's
                replies: Findings = iter(())
            else:
                counted = None if judged.void_because else outcomes.get(place)
                replies = self._check_replies(record, counted)
            for finding in (*self._check_canaries(record), *replies):
                findings.setdefault(record.arm, finding)
        for arm in _must_refuse(run):
            if arm not in tried:
                sentence = "no bad credential was ever refused, so nothing shows that it authenticates"
                unit = "bad credentials refused"
                findings[arm] = self.finding("void-run", arm, sentence, 0, 1, unit=unit, advice="run again")
        yield from findings.values()

    def _check_canaries(self, record: SliceRecord) -> Findings:
        for canary in record.canaries:
            if not canary.as_expected and canary.status != _UNAVAILABLE:
                got, asked = canary.status, canary.expected_status
                sentence = f"a request with credential '{canary.kind}' got status {got} instead of {asked}"
                yield self.finding("void-run", record, sentence, got, asked, unit="HTTP status")

    def _check_replies(self, record: SliceRecord, outcomes: Counter[Outcome] | None) -> Findings:
        """Every reply to a good credential was the expected one, or 503.

        `outcomes` is None for a slice whose rows are not kept, such as a void one: there every other reply
        must have been accepted.
        """
        if outcomes is None:
            wrong = record.completed - record.accepted - record.unavailable
            what = "replies were not the expected ones"
        else:
            kind = max(_NOT_AS_PROMISED, key=lambda outcome: outcomes[outcome])
            wrong, what = outcomes[kind], _NOT_AS_PROMISED[kind]
        if wrong > 0:
            sentence = f"{wrong} of {record.completed} {what}"
            advice = "run `authbench verify`; if it passes, look at the server under load"
            yield self.finding("void-run", record, sentence, wrong, 0, unit="replies", advice=advice)
