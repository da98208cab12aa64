"""The conditions of each arm that differ from the usual ones, in words for tables and reports."""

from authbench.contracts.experiment import Arm
from authbench.contracts.records import Manifest


def arm_conditions(manifest: Manifest) -> dict[str, str]:
    """Arm -> its unusual conditions; arms without any are left out."""
    told = {arm.label: ", ".join(_words(arm, manifest)) for arm in manifest.experiment.arms}
    return {label: words for label, words in told.items() if words}


def _words(arm: Arm, manifest: Manifest) -> list[str]:
    condition = arm.condition
    words = []
    if condition.store_rtt_ms:
        measured = manifest.store_added_us.get(arm.label)
        found = "" if measured is None else f" (measured: {measured / 1000:.3f} ms)"
        words.append(f"Redis {condition.store_rtt_ms:g} ms farther away{found}")
    if condition.store_tls:
        words.append("Redis through TLS, ended by a proxy")
    if condition.tls:
        words.append("HTTPS")
    if condition.workers > 1:
        words.append(f"{condition.workers} server processes")
    if condition.live_sessions:
        words.append(f"{condition.live_sessions} more credentials in the store")
    return words + [f"{name} = {value}" for name, value in arm.settings.items()]
