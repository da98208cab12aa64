"""The conditions of each arm that differ from the usual ones, in words for tables and reports."""

from authbench.contracts.experiment import Arm
from authbench.contracts.records import Manifest, MeasuredVariant
from authbench.words.counting import counted


def arm_conditions(manifest: Manifest) -> dict[str, str]:
    """Arm -> its unusual conditions; arms without any are left out."""
    told = {arm.label: ", ".join(_words(arm, manifest)) for arm in manifest.experiment.arms}
    if service := manifest.service:
        told = {arm.label: _variant(service.variants.get(arm.scheme)) for arm in manifest.experiment.arms}
    return {label: words for label, words in told.items() if words}


def _variant(variant: MeasuredVariant | None) -> str:
    """Where and how a variant of a service that is not part of authbench is asked."""
    if variant is None:
        return ""
    return (
        f"{', '.join(variant.requests)} at {variant.base_url}, credential in {variant.carrier} from "
        f"{variant.login}, good for {variant.lifetime_s:,.0f} s, renewed by {variant.renewed_by}"
    )


def _words(arm: Arm, manifest: Manifest) -> list[str]:
    condition, added_us = arm.condition, manifest.store_added_us.get(arm.label)
    measured = "" if added_us is None else f" (measured: {added_us / 1000:.3f} ms)"
    unusual = {
        f"Redis {condition.store_rtt_ms:g} ms farther away{measured}": condition.store_rtt_ms,
        "Redis through TLS, ended by a proxy": condition.store_tls,
        "HTTPS": condition.tls,
        "a new connection for each request": condition.fresh_connections,
        f"{counted(condition.workers, 'server process', 'server processes')}": condition.workers > 1,
        f"{counted(condition.live_sessions, 'more credential')} in the store": condition.live_sessions,
    }
    packages = [
        f"without {name}" if version is None else f"{name} {version}"
        for name, version in manifest.packages.get(arm.label, {}).items()
    ]
    settings = [f"{name} = {value}" for name, value in arm.settings.items()]
    return [words for words, true in unusual.items() if true] + packages + settings
