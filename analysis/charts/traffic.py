"""What a request moves: store commands, store bytes, memory of a session, bytes on the wire."""

from collections.abc import Sequence

from analysis.charts.figure import (
    Figure,
    Row,
    amount,
    arm_names,
    by_arm,
    by_part,
    chart,
    known_interval,
    quantity,
    tip,
)
from analysis.records.summary import Summary

_ROW = 30


def traffic_figures(summary: Summary) -> list[Figure]:
    """The figures that have anything to show."""
    commands = [
        {"arm": arm.arm, "part": name, "value": command.per_request}
        for arm in summary.arms
        for name, command in arm.store_commands.items()
    ]
    store_bytes = [
        {"arm": arm.arm, "part": part, "value": value}
        for arm in summary.arms
        for part, value in (("to the store", arm.store_bytes_in), ("from the store", arm.store_bytes_out))
        if value
    ]
    wire = [
        {"arm": arm.arm, "part": part, "value": value}
        for arm in summary.arms
        for part, value in (("request", arm.request_bytes), ("reply", arm.reply_bytes))
        if value is not None
    ]
    memory = [
        {"arm": arm.arm, "part": "memory", "value": m.value, "low": m.low, "high": m.high}
        for arm in summary.arms
        if (m := arm.store_memory_bytes).value is not None
    ]
    names = arm_names(summary)
    found = [
        _bars("store-commands", "Store commands per request", "commands", names, commands,
              "Counted by the store itself; each is what the scheme's card says, to the integer."),
        _bars("store-bytes", "Bytes to and from the store per request", "bytes", names, store_bytes,
              "Counted by the store: the command and its answer."),
        _bars("store-memory", "Store memory of one live session", "bytes", names, memory,
              f"Slope of the store's memory over several counts of sessions.{_store(summary)}"),
        _bars("wire-bytes", "Bytes on the wire per request", "bytes", names, wire,
              "Heads included, without TLS: what a token or a cookie adds to every request."),
    ]  # fmt: skip
    return [figure for figure in found if figure]


def _store(summary: Summary) -> str:
    """Another server or allocator needs other bytes for the same session."""
    return f" The store is {summary.store.what}." if summary.store else ""


def _bars(
    name: str, title: str, unit: str, names: Sequence[str], rows: Sequence[Row], reading: str
) -> Figure | None:
    if not rows:
        return None
    parts = list(dict.fromkeys(row["part"] for row in rows))
    shown = [one for one in names if any(row["arm"] == one for row in rows)]
    listed = ", ".join(f"{row['arm']} {row['part']} {row['value']:.3g}" for row in rows)
    alt = f"{title} in {unit}: {listed}"
    encoding = {
        "y": by_arm(shown),
        "x": amount(unit) | {"stack": "zero"},
        "tooltip": tip("arm", "part", value=".4~g"),
    }
    if len(parts) > 1:
        encoding["color"] = by_part(parts)
    interval = known_interval(by_arm(shown), quantity("low", unit), 2)
    bars = {"mark": {"type": "bar", "height": {"band": 0.6}}, "encoding": encoding}
    layer = [bars, interval] if any("low" in row for row in rows) else [bars]
    return Figure(
        name=name,
        title=title,
        reading=reading,
        alt=alt,
        spec=chart(rows, alt, _ROW * len(shown), layer=layer),
        wide=False,
    )
