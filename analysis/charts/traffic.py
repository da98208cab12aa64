"""Draw what a request moves: store commands, store bytes, session memory, bytes on the wire."""

from collections.abc import Sequence

from analysis.charts.answers import with_interval
from analysis.charts.figure import (
    Figure,
    Row,
    amount,
    axis_names,
    by_arm,
    by_part,
    chart,
    known_interval,
    quantity,
    sorted_arms,
    tip,
)
from analysis.records.summary import ArmSummary, Summary

_ROW = 30
_STORE_BYTES = {"to the store": "store_bytes_in", "from the store": "store_bytes_out"}
_WIRE_BYTES = {"request": "request_bytes", "reply": "reply_bytes"}


def traffic_figures(summary: Summary) -> list[Figure]:
    """Draw the figures that have data."""
    arms = sorted_arms(summary)
    commands: list[Row] = [
        {
            "arm": arm.arm,
            "part": "commands",
            "value": sum(command.per_request for command in arm.store_commands.values()),
            "words": _command_words(arm),
        }
        for arm in arms
        if arm.store_commands
    ]
    memory: list[Row] = [
        {
            "arm": arm.arm,
            "part": "memory",
            "value": m.value,
            "low": m.low,
            "high": m.high,
            "words": f"{with_interval(m, 0)}",
        }
        for arm in arms
        if (m := arm.store_memory_bytes).value is not None
    ]
    asked = [row for row in _parts(arms, _STORE_BYTES) if row["value"]]
    # Another server or allocator needs other bytes for the same session.
    store = f" The store is {summary.store.what}." if summary.store else ""
    # Only a scheme of this project has a card.
    as_declared = "" if summary.service else "; each is what the scheme's card says, to the integer"
    found = [
        _bars(arms, "store-commands", "Store commands per request", "commands", commands,
              f"Counted by the store itself{as_declared}."),
        _bars(arms, "store-bytes", "Bytes to and from the store per request", "bytes", asked,
              "Counted by the store: the command and its answer."),
        _bars(arms, "store-memory", "Store memory of one live session", "bytes", memory,
              f"Slope of the store's memory over several counts of sessions, with its 95% interval.{store}"),
        _bars(arms, "wire-bytes", "Bytes on the wire per request", "bytes", _parts(arms, _WIRE_BYTES),
              "Heads included, without TLS: what a token or a cookie adds to every request."),
    ]  # fmt: skip
    return [figure for figure in found if figure]


def _command_words(arm: ArmSummary) -> str:
    """'1 getex, 0.1 set': the commands by name, since no ten colours can be told apart."""
    return ", ".join(f"{command.per_request:.3g} {name}" for name, command in arm.store_commands.items())


def _parts(arms: Sequence[ArmSummary], fields: dict[str, str]) -> list[Row]:
    """Make a row for each arm and known part. `fields`: the part's name -> its field of `ArmSummary`."""
    return [
        {"arm": arm.arm, "part": part, "value": value}
        for arm in arms
        for part, field in fields.items()
        if (value := getattr(arm, field)) is not None
    ]


def _bars(
    arms: Sequence[ArmSummary], name: str, title: str, unit: str, rows: Sequence[Row], reading: str
) -> Figure | None:
    """Draw a bar for each arm that has rows: several parts in colours, or one with its words beside it."""
    if not rows:
        return None
    known = {row["arm"] for row in rows}
    names = axis_names([arm for arm in arms if arm.arm in known])
    parts = list(dict.fromkeys(row["part"] for row in rows))
    worded = "words" in rows[0]
    listed = ", ".join(
        f"{row['arm']} {row['words']}" if worded else f"{row['arm']} {row['part']} {row['value']:.3g}"
        for row in rows
    )
    alt = f"{title} in {unit}: {listed}"
    y, x = by_arm(names), amount(unit) | {"stack": "zero"}
    tooltip = tip("arm", "words") if worded else tip("arm", "part", value=".4~g")
    encoding = {"y": y, "x": x, "tooltip": tooltip}
    if len(parts) > 1:
        encoding["color"] = by_part(parts)
    layer = [{"mark": {"type": "bar", "height": {"band": 0.6}}, "encoding": encoding}]
    if "low" in rows[0]:
        layer.append(known_interval(y, quantity("low", unit)))
    elif worded:
        # Room for the words: the longest bar takes less than half of the axis.
        widest = max(row["value"] for row in rows)
        layer[0]["encoding"] = encoding | {"x": x | {"scale": {"domain": [0, widest / 0.45], "nice": False}}}
        label = {"type": "text", "align": "left", "baseline": "middle", "dx": 5}
        layer.append({"mark": label, "encoding": {"y": y, "x": x, "text": {"field": "words"}}})
    spec = chart(rows, alt, _ROW * len(names), layer=layer)
    return Figure(name=name, title=title, reading=reading, alt=alt, spec=spec, wide=False)
