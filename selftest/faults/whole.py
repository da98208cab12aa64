"""What belongs to a run as a whole, changed on disk: its manifest, its files, what was recorded at all."""

import json
from functools import partial

from authbench.contracts.records import SCHEMA_VERSION, ForeignService, MeasuredVariant
from authbench.contracts.run_directory import MANIFEST, SLICES
from selftest.fault import Fault
from selftest.faults.slices import recorded
from selftest.recording import Recording

_TOKEN = "jwt-hs256"


def _never_compared(recording: Recording) -> None:
    left = [each for each in recording.manifest.verification if not each.check.startswith("identical ")]
    recording.change_manifest(verification=left)


def _server(recording: Recording, **fields: object) -> None:
    """Change what every server says of itself."""
    servers = recording.manifest.servers
    recording.change_manifest(
        servers={arm: config.model_copy(update=fields) for arm, config in servers.items()}
    )


def _other_server(recording: Recording) -> None:
    servers = recording.manifest.servers
    other = servers[_TOKEN].model_copy(update={"keep_alive_s": 5})
    recording.change_manifest(servers={**servers, _TOKEN: other})


def _unsigned(recording: Recording) -> None:
    servers = recording.manifest.servers
    unknown = servers[_TOKEN].model_copy(update={"crypto": {}})
    recording.change_manifest(servers={**servers, _TOKEN: unknown})


def _samples_gone(recording: Recording) -> None:
    recording.samples().unlink()


def _samples_torn(recording: Recording) -> None:
    path = recording.samples()
    path.write_bytes(path.read_bytes()[:-100])


def _slice_gone(recording: Recording) -> None:
    recording.write_slices(recording.slices[1:])


def _slice_gone_and_uncounted(recording: Recording) -> None:
    _slice_gone(recording)
    recording.change_manifest(slices_recorded=recording.manifest.slices_recorded - 1)


def _line_torn(recording: Recording) -> None:
    path = recording.path / SLICES
    path.write_bytes(path.read_bytes()[:-100])


def _another_schema(version: int, recording: Recording) -> None:
    path = recording.path / MANIFEST
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(manifest | {"schema_version": version}), "utf-8")


def _single_count(recording: Recording) -> None:
    memory = recording.manifest.store_memory
    recording.change_manifest(
        store_memory={
            arm: each.model_copy(update={"counts": each.counts[-1:], "bytes": each.bytes[-1:]})
            for arm, each in memory.items()
        }
    )


def _between_powers(recording: Recording) -> None:
    """Counts within which no hash table grows."""
    memory = recording.manifest.store_memory
    recording.change_manifest(
        store_memory={
            arm: each.model_copy(
                update={
                    "counts": [1100, 1300, 1500, 1900],
                    "bytes": [n * 400 for n in (1100, 1300, 1500, 1900)],
                }
            )
            for arm, each in memory.items()
        }
    )


def _set(recording: Recording, **fields: object) -> None:
    recording.change_manifest(**fields)


def _one_generation(recording: Recording) -> None:
    recording.delete_generation(1)


def _password_hashed(recording: Recording) -> None:
    """A service that is not ours, whose requests cost what its login costs."""
    variant = MeasuredVariant(
        base_url="http://127.0.0.1:8000",
        login="POST /login",
        carrier="Cookie",
        requests=["GET /me"],
        refused_with=[401],
        bodies="same",
        lifetime_s=3600,
        renewed_by="login",
        login_ms=20,
        login_cpu_us=20_000,
        processes=1,
        guarded=True,
    )
    schemes = {arm.scheme for arm in recording.manifest.experiment.arms}
    service = ForeignService(
        file="target.toml",
        users=1000,
        counts_commands=True,
        reads_store_cpu=True,
        variants=dict.fromkeys(schemes, variant),
    )
    recording.change_manifest(service=service)
    recording.change_slices(None, lambda record: {"app_cpu_ns": 20_000_000 * record.served})


def _other_plan(recording: Recording) -> None:
    """A number of cycles that the rule would not have chosen."""
    plan = recording.manifest.plan
    assert plan is not None
    recording.change_manifest(plan=plan.model_copy(update={"cycles": 4 if plan.cycles > 4 else 5}))


def _plan_not_followed(recording: Recording) -> None:
    """As if the second generation should have had one cycle more."""
    manifest = recording.manifest
    assert manifest.plan is not None
    changes = {"after_generations": 1, "cycles": manifest.experiment.cycles + 1}
    recording.change_manifest(plan=manifest.plan.model_copy(update=changes))


def _times_gone(recording: Recording) -> None:
    recording.change_manifest(times=recording.manifest.times[:-1])


def _other_packages(recording: Recording) -> None:
    """As if the server had not run in the environment that was made for it."""
    recording.change_manifest(packages={_TOKEN: {"pyjwt": "2.13.0"}})


FAULTS: tuple[Fault, ...] = (
    recorded("V13", "resources never compared", _never_compared, "void-run"),
    recorded("V13", "another keep-alive behind one arm", _other_server, "void-run"),
    recorded("V13", "another PyJWT than its environment has", _other_packages, "void-run"),
    recorded("V23", "a samples file deleted", _samples_gone, "void-run"),
    recorded("V23", "a samples file cut short", _samples_torn, "void-run"),
    recorded("V23", "a slice deleted", _slice_gone, "void-run"),
    recorded("V23", "a slice deleted, and the count mended", _slice_gone_and_uncounted, "void-run"),
    recorded("V23", "the last slice cut short", _line_torn, "void-run"),
    recorded("V23", "the run never ended", partial(_set, status="running"), "void-run"),
    recorded("V23", "a manifest of a newer schema", partial(_another_schema, SCHEMA_VERSION + 1), "not read"),
    recorded("V23", "a manifest of no schema", partial(_another_schema, 0), "not read"),
    recorded("V23", "fewer cycles than its plan says", _plan_not_followed, "void-run"),
    recorded("V24", "cycles that the rule did not choose", _other_plan, "void-run"),
    recorded("V24", "when a generation ended is not recorded", _times_gone, "void-run"),
    recorded("V24", "stopped for no reason", partial(_set, stop_reason=""), "void-run"),
    recorded("V24", "stopped after one generation of two", _one_generation, "void-run"),
    recorded("V29", "round trip to the store not measured", partial(_set, store=None), "refuse-figure"),
    recorded("V30", "placement not recorded", partial(_set, placement=None), "refuse-figure"),
    recorded("V32", "what signs is not recorded", _unsigned, "refuse-figure"),
    recorded("V33", "--reload", partial(_server, reload=True), "void-run"),
    recorded("V33", "debug mode", partial(_server, debug=True), "void-run"),
    recorded("V33", "access logs", partial(_server, access_log=True), "void-run"),
    recorded("V45", "requests as dear as a login that hashes", _password_hashed, "void-run"),
    recorded("V37", "memory from a single count", _single_count, "not said"),
    recorded("V37", "memory from counts between powers of two", _between_powers, "not said"),
)
