import asyncio
import os
import time

import pytest
import uvloop

from authbench.contracts.experiment import find_experiment
from servers.contract.settings import ServerSettings
from servers.discovery import find_scheme
from servers.instruments.planted_cpu import PlantedCpu
from servers.instruments.planted_delay import Alarms, PlantedDelay
from tests.servers.conftest import Serve
from tests.servers.make_request import request

PLANTED = "servers.instruments.planted_delay:PlantedDelay"
LOOPS = [asyncio.new_event_loop, uvloop.new_event_loop]


@pytest.mark.parametrize("loop", LOOPS)
def test_nobody_is_woken_early_or_out_of_order(loop: object) -> None:
    woken: list[tuple[int, int]] = []

    async def sleeper(alarms: Alarms, at_ns: int) -> None:
        await alarms.until(at_ns)
        woken.append((at_ns, time.monotonic_ns()))

    async def main() -> None:
        alarms = Alarms()
        now = time.monotonic_ns()
        dues = [now - 1, now + 100_000, now + 1_000_000, now + 1_000_000, now + 3_000_000]
        await asyncio.gather(*(sleeper(alarms, at_ns) for at_ns in dues))
        alarms.close()
        assert [at_ns for at_ns, _ in woken] == dues

    with asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]
        runner.run(main())
    assert all(at_ns <= found for at_ns, found in woken)


@pytest.mark.parametrize("loop", LOOPS)
def test_who_gives_up_holds_nobody_else_up(loop: object) -> None:
    async def main() -> None:
        alarms = Alarms()
        at_ns = time.monotonic_ns() + 2_000_000
        impatient = asyncio.create_task(alarms.until(at_ns))
        patient = asyncio.create_task(alarms.until(at_ns + 1_000_000))
        await asyncio.sleep(0)
        impatient.cancel()
        await asyncio.wait_for(patient, 60)
        assert impatient.cancelled()
        alarms.close()

    with asyncio.Runner(loop_factory=loop) as runner:  # type: ignore[arg-type]
        runner.run(main())


@pytest.mark.parametrize("delay_ms", [0.5, 2])
def test_an_authentication_takes_at_least_so_long_and_its_descriptor_is_given_back(delay_ms: float) -> None:
    async def main() -> int:
        planted = PlantedDelay(ServerSettings(scheme=PLANTED, planted_delay_ms=delay_ms))
        before = set(os.listdir("/proc/self/fd"))
        await planted.start()
        began = time.monotonic_ns()
        identity = await planted.authenticate(request(("X-Subject", "alice")))
        took_ns = time.monotonic_ns() - began
        await planted.stop()
        assert set(os.listdir("/proc/self/fd")) == before
        assert identity.sub == "alice"
        return took_ns

    assert asyncio.run(main()) >= delay_ms * 1e6


def test_a_real_server_answers_as_the_control_does(serve: Serve) -> None:
    control, planted = serve(scheme="none"), serve(scheme=PLANTED, planted_delay_ms=2)
    headers = {"X-Subject": "alice"}
    expected = control.request("GET", "/me", headers)
    began = time.monotonic_ns()
    reply = planted.request("GET", "/me", headers)
    assert time.monotonic_ns() - began >= 2_000_000
    assert (reply.status, reply.body) == (expected.status, expected.body)


def test_the_calibration_plants_both_kinds() -> None:
    planted = [arm for arm in find_experiment("calibrate").arms if ":" in arm.scheme]
    assert [arm.planted_cpu_us for arm in planted[:4]] == [25, 50, 100, 200]
    assert [arm.planted_delay_ms for arm in planted[4:]] == [0.5, 1, 2]
    for arm in planted:
        delays = arm.planted_delay_ms is not None
        assert find_scheme(arm.scheme) is (PlantedDelay if delays else PlantedCpu)
