"""What cannot be on these hosts is told before anything is started."""

import pytest

from authbench.contracts.experiment import Arm, Condition, Experiment, find_experiment, find_workload
from authbench.contracts.failure import Failure
from authbench.contracts.hosts.hosts_file import GeneratorHost, Hosts, ServingHost
from authbench.contracts.records import HostRecord, Manifest
from loadtests.harness.hosts.possible import require_possible, require_same_hosts, require_same_machines
from loadtests.harness.run.start_or_resume import fresh_start

THERE = ServingHost(prefix=("sh",), address="10.0.0.11")
HERE = ServingHost(address="10.0.0.5")
APART = Hosts(application=THERE, store=HERE)


def experiment(**condition: object) -> Experiment:
    arm = Arm(scheme="none", condition=Condition.model_validate(condition))
    return find_experiment("smoke").model_copy(update={"arms": [arm]})


@pytest.mark.parametrize("condition", [{"store_rtt_ms": 2}, {"store_tls": True}])
def test_a_proxy_of_this_machine_is_not_on_the_way_of_an_application_elsewhere(
    condition: dict[str, object],
) -> None:
    require_possible(experiment(**condition), Hosts(application=HERE, store=THERE), None)
    require_possible(experiment(**condition), None, None)
    with pytest.raises(Failure, match="arm 'none': store_rtt_ms and store_tls put a proxy on this machine"):
        require_possible(experiment(**condition), APART, None)


def test_packages_of_an_arm_are_not_installed_elsewhere() -> None:
    require_possible(experiment(packages=("pyjwt==2.13.0",)), Hosts(application=HERE), None)
    with pytest.raises(Failure, match="its packages are installed on this machine"):
        require_possible(experiment(packages=("pyjwt==2.13.0",)), APART, None)


def test_a_store_on_loopback_is_another_one_elsewhere() -> None:
    apart = Hosts(application=THERE)
    require_possible(experiment(), apart, "redis://10.0.0.9:6379/0")
    require_possible(experiment(), Hosts(application=HERE), "redis://127.0.0.1:6379/0")
    with pytest.raises(Failure, match="--redis-url leads to the loopback of whoever uses it"):
        require_possible(experiment(), apart, "redis://127.0.0.1:6379/0")


def begun(hosts: Hosts | None, generators: int = 1) -> Manifest:
    elsewhere = hosts.elsewhere if hosts is not None else ()
    start = fresh_start(find_experiment("smoke"), find_workload("read"), "", generators, elsewhere=elsewhere)
    return start.manifest


def test_a_run_goes_on_where_it_was_begun() -> None:
    two = Hosts(application=HERE, generators=(GeneratorHost(prefix=("sh",)),) * 2)
    require_same_hosts(begun(APART), APART)
    require_same_hosts(begun(two, 2), two)
    require_same_hosts(begun(None), None)
    with pytest.raises(Failure, match="was begun with application on other hosts: give --hosts"):
        require_same_hosts(begun(APART), None)
    with pytest.raises(Failure, match="was begun with nothing on other hosts"):
        require_same_hosts(begun(None), APART)
    with pytest.raises(Failure, match="was begun with 3 generators, and the hosts file names 2"):
        require_same_hosts(begun(two, 3), two)


def test_a_host_that_was_exchanged_is_another_experiment() -> None:
    record = HostRecord(
        name="application", parts=["application"], processors=[1000], machine=None, round_trip_us=100.0
    )
    manifest = begun(APART).model_copy(update={"hosts": [record]})
    require_same_machines(manifest, [record.model_copy(update={"round_trip_us": 200.0})])
    require_same_machines(begun(APART), [record])
    with pytest.raises(Failure, match="application: it is not the host that"):
        require_same_machines(manifest, [record.model_copy(update={"processors": [1000, 1001]})])
