from analysis.summary.words import asked, requested
from authbench.contracts.experiment import find_experiment, find_workload


def test_operations_of_arms_are_told_beside_the_workload() -> None:
    workload = find_workload("read")
    assert requested(workload) == asked(workload, find_experiment("quick")) == "GET /me"
    assert asked(workload, find_experiment("operations")) == (
        "GET /me; alone POST /login, POST /logout, POST /refresh"
    )
