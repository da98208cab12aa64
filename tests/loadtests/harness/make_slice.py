"""A slice's record for tests that need one and do not look at its figures."""

from authbench.contracts.records import SliceRecord


def make_slice(generation: int = 0) -> SliceRecord:
    """A slice in which nothing was sent."""
    zeros = {
        name: 0
        for name, field in SliceRecord.model_fields.items()
        if field.annotation is int and field.is_required()
    }
    return SliceRecord(
        **{**zeros, "generation": generation},
        arm="none",
        offered_rate_rps=1.0,
        duration_s=0.1,
        accepted_by_operation={},
        sent_by_operation={},
        app_cpu_ns=0,
        server_requests=0,
        app_run_queue_wait_ns=None,
        store_cpu_ns=None,
        steal={},
        store_commands={},
        store_bytes_in=None,
        store_bytes_out=None,
        store_connections_opened=None,
        harness_commands={},
        canaries=[],
    )
