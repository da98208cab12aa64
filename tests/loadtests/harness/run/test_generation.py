from authbench.contracts.experiment import Arm, Condition, find_workload
from loadtests.harness.processes.placement import available_processors, plan_layout
from loadtests.harness.processes.scratch import scratch_directory
from loadtests.harness.run.generation import fresh_generation, start_bench


def test_a_private_key_goes_when_everybody_has_read_it() -> None:
    """Server and proxy work through TLS, and a run that is killed leaves nothing of the key behind."""
    arms = [
        Arm(scheme="none", condition=Condition(tls=True)),
        Arm(scheme="session-redis", condition=Condition(tls=True, store_tls=True)),
    ]
    workload = find_workload("read").model_copy(update={"credentials": 50})
    with (
        scratch_directory() as scratch,
        start_bench(plan_layout(available_processors()), scratch, None, "authbench:tls") as bench,
        fresh_generation(arms, workload, bench, measure_memory=False, whole_life=False) as generation,
    ):
        assert [check for check in generation.checks if not check.passed] == []
        assert (scratch / "certificate.pem").is_file()
        keys = [path for path in scratch.rglob("*.pem") if b"PRIVATE" in path.read_bytes()]
        assert keys == []
