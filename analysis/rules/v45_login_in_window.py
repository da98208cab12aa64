import statistics

from analysis.data.run import RunData
from analysis.rules.rule import Findings, RunRule
from analysis.validity.limits import LOGIN_COST, LOGIN_HASHES
from authbench.contracts.records import MeasuredVariant
from authbench.contracts.target.guard import looks_like_a_login


class LoginInWindow(RunRule):
    """V45 voids a run of a service that is not ours in which a request to a protected resource was as dear as
    a login: a password was hashed in a window that should have none.

    The check before the run looks at the same with one request at a time. A resource that is really so dear
    says so in the target file (slow = true).
    """

    code = "V45"
    lie = "the login was not measured"
    limits = (LOGIN_COST, LOGIN_HASHES)
    unit = "us"
    advice = "take an endpoint that does not log in, or say slow = true for one that is really so dear"
    correctness = True

    def check_run(self, run: RunData) -> Findings:
        service = run.manifest.service
        for arm in run.manifest.experiment.arms if service else ():
            variant = service.variants.get(arm.scheme) if service else None
            if variant is not None and variant.guarded:
                yield from self._check_arm(run, arm.label, variant)

    def _check_arm(self, run: RunData, arm: str, variant: MeasuredVariant) -> Findings:
        request_us, what = _cpu_us(run, arm), "CPU"
        login_us = variant.login_cpu_us
        if request_us is None or login_us is None:
            times = run.service_ms(arm)
            request_us, what = (float(statistics.median(times)) * 1e3 if len(times) else 0.0), "time"
            login_us = variant.login_ms * 1e3
        if looks_like_a_login(request_us, login_us):
            sentence = (
                f"a request took {request_us:.0f} us of {what}, a login {login_us:.0f} us: a password "
                "seems to be hashed with every request"
            )
            yield self.finding("void-run", arm, sentence, request_us, LOGIN_COST.value * login_us)


def _cpu_us(run: RunData, arm: str) -> float | None:
    """CPU of the application per request over an arm's valid slices; None where it was not read."""
    spent = [(record.app_cpu_ns, record.served) for record in run.valid_of(arm)]
    known = [(cpu_ns, served) for cpu_ns, served in spent if cpu_ns is not None]
    served = sum(count for _, count in known)
    return sum(cpu_ns for cpu_ns, _ in known) / 1e3 / served if served else None
