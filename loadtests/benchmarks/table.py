"""What was measured, by generator, reply and rate; and the table of it."""

import statistics
from dataclasses import dataclass, field
from typing import Any

from authbench.contracts.generator_protocol import CONNECTIONS


@dataclass
class Row:
    """One line of the table: a generator, a kind of reply and a rate. Lists have one value a round."""

    generator: str
    reply: str
    rate: str
    connections: int = CONNECTIONS
    cpu_us: list[float] = field(default_factory=list)
    rps: list[float] = field(default_factory=list)
    late_p50_us: list[float] = field(default_factory=list)
    late_p99_us: list[float] = field(default_factory=list)


def summarise(conditions: dict[str, Any], rows: list[Row]) -> dict[str, Any]:
    """What `--json` prints: `conditions`, and what they gave.

    `ratio_to_fasthttpuser` is of replies in two segments at the saturating rate. A ratio is made within each
    round; a row with more connections is compared with FastHttpUser's 64.
    """
    table = []
    for row in rows:
        theirs = next(
            each
            for each in rows
            if (each.generator, each.reply, each.rate) == ("FastHttpUser", row.reply, row.rate)
        )
        ratios = [mine / other for mine, other in zip(row.cpu_us, theirs.cpu_us, strict=True)]
        table.append(
            {
                "generator": row.generator,
                "reply": row.reply,
                "rate": row.rate,
                "connections": row.connections,
                "rps": _median(row.rps),
                "cpu_us_per_request": _median(row.cpu_us),
                "ratio": _median(ratios),
                "ratio_min": min(ratios),
                "ratio_max": max(ratios),
                "late_p50_us": _median(row.late_p50_us),
                "late_p99_us": _median(row.late_p99_us),
            }
        )
    ours, closed = (
        next(
            line
            for line in table
            if (line["generator"], line["reply"], line["rate"], line["connections"])
            == (name, "two_segments", "saturating", CONNECTIONS)
        )
        for name in ("authbench", "authbench closed loop")
    )
    return {
        "ratio_to_fasthttpuser": ours["ratio"],
        "ratio_min": ours["ratio_min"],
        "ratio_max": ours["ratio_max"],
        "closed_loop_ratio_to_fasthttpuser": closed["ratio"],
        "connections": CONNECTIONS,
        "rounds": len(rows[0].cpu_us),
        **conditions,
        "table": table,
    }


def _median(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def print_table(told: dict[str, Any]) -> None:
    """Print what `summarise` told, for people."""
    print(
        f"\n{told['connections']} connections where it does not say else, generator on processor "
        f"{told['generator_cpu']}, server on {told['server_cpu']}; medians of {told['rounds']} rounds of "
        f"{told['round_s']:g} s; {told['rounds_repeated']} more had requests without a reply: repeated"
    )
    print(f"{'generator':<30}{'reply':<15}{'rate':<12}{'requests/s':>11}{'CPU us':>8}", end="")
    print(f"{'to FastHttpUser (min-max)':>28}{'late p50 us':>13}{'late p99 us':>13}")
    for line in told["table"]:
        name = line["generator"]
        if line["connections"] != told["connections"]:
            name += f", {line['connections']:,}"
        print(f"{name:<30}{line['reply'].replace('_', ' '):<15}{line['rate']:<12}", end="")
        print(f"{_whole(line['rps']):>11}{line['cpu_us_per_request']:>8.0f}", end="")
        ratio = f"{line['ratio']:.3f} ({line['ratio_min']:.3f}-{line['ratio_max']:.3f})"
        print(f"{ratio:>28}{_whole(line['late_p50_us']):>13}{_whole(line['late_p99_us']):>13}")


def _whole(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}"
