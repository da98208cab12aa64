"""Draw what a request moves: store commands, store bytes, session memory, bytes on the wire."""

from collections.abc import Sequence

from analysis.charts.figure import (
    Figure,
    Row,
    amount,
    by_arm,
    by_part,
    chart,
    known_interval,
    quantity,
    tip,
)
from analysis.records.summary import Summary

_ROW = 30
_STORE_BYTES = {"to the store": "store_bytes_in", "from the store": "store_bytes_out"}
_WIRE_BYTES = {"request": "request_bytes", "reply": "reply_bytes"}


def traffic_figures(summary: Summary) -> list[Figure]:
    """Draw the figures that have data."""
    commands = [
        {"arm": arm.arm, "part": name, "value": command.per_request}
        for arm in summary.arms
        for name, command in arm.store_commands.items()
    ]
    memory = [
        {"arm": arm.arm, "part": "memory", "value": m.value, "low": m.low, "high": m.high}
        for arm in summary.arms
        if (m := arm.store_memory_bytes).value is not None
    ]
    asked = [row for row in _parts(summary, _STORE_BYTES) if row["value"]]
    # Another server or allocator needs other bytes for the same session.
    store = f" The store is {summary.store.what}." if summary.store else ""
    found = [
        _bars("store-commands", "Store commands per request", "commands", commands,
              "Counted by the store itself; each is what the scheme's card says, to the integer."),
        _bars("store-bytes", "Bytes to and from the store per request", "bytes", asked,
              "Counted by the store: the command and its answer."),
        _bars("store-memory", "Store memory of one live session", "bytes", memory,
              f"Slope of the store's memory over several counts of sessions.{store}"),
        _bars("wire-bytes", "Bytes on the wire per request", "bytes", _parts(summary, _WIRE_BYTES),
              "Heads included, without TLS: what a token or a cookie adds to every request."),
    ]  # fmt: skip
    return [figure for figure in found if figure]


def _parts(summary: Summary, fields: dict[str, str]) -> list[Row]:
    """Make a row for each arm and known part. `fields`: the part's name -> its field of `ArmSummary`."""
    return [
        {"arm": arm.arm, "part": part, "value": value}
        for arm in summary.arms
        for part, field in fields.items()
        if (value := getattr(arm, field)) is not None
    ]


def _bars(name: str, title: str, unit: str, rows: Sequence[Row], reading: str) -> Figure | None:
    if not rows:
        return None
    parts, arms = (list(dict.fromkeys(row[field] for row in rows)) for field in ("part", "arm"))
    listed = ", ".join(f"{row['arm']} {row['part']} {row['value']:.3g}" for row in rows)
    alt = f"{title} in {unit}: {listed}"
    encoding = {
        "y": by_arm(arms),
        "x": amount(unit) | {"stack": "zero"},
        "tooltip": tip("arm", "part", value=".4~g"),
    }
    if len(parts) > 1:
        encoding["color"] = by_part(parts)
    layer = [{"mark": {"type": "bar", "height": {"band": 0.6}}, "encoding": encoding}]
    if "low" in rows[0]:
        layer.append(known_interval(by_arm(arms), quantity("low", unit), 2))
    spec = chart(rows, alt, _ROW * len(arms), layer=layer)
    return Figure(name=name, title=title, reading=reading, alt=alt, spec=spec, wide=False)
