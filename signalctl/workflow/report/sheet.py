"""The effects of a change as one HTML sheet, complete in itself, to print in black and white."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

MOST_PLACES: Final = 16
"""Approaches printed on each side; the rest is counted and summed."""
_STYLE: Final = (
    "@page{size:A4;margin:12mm}body{font:8.5pt sans-serif;color:#000;max-width:186mm;margin:auto}"
    "h1{font-size:13pt;border-bottom:1.5pt solid}h2{font-size:10pt;margin:1em 0 .2em}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:right;padding:.1em .4em}"
    "td:first-child,th:first-child{text-align:left}.two{display:grid;gap:0 2em;"
    "grid-template-columns:1fr 1fr}.b{border:1pt solid;padding:.4em}small{font-size:7.5pt}"
)
_TOTALS: Final = {
    "total_delay": "total delay, s/veh",
    "total_delay_sum": "total delay, veh-h",
    "time_loss": "time loss, s/veh",
    "depart_delay": "waiting to enter, s/veh",
    "total_delay_p90": "90th percentile, s/veh",
    "person_delay": "delay of persons, s",
    "stops": "stops per vehicle",
    "unfinished": "not finished, veh",
    "emergency_brakings": "emergency braking",
    "collisions": "collisions",
}
_WORDS: Final = {"less": "delay falls", "more": "delay rises", "none": "no difference shown"}


def sheet(effects: Mapping[str, Any], *, title: str, basis: Sequence[str]) -> str:
    """The sheet; `basis` are sentences on what was run. Text is escaped, nothing is fetched."""
    totals = {each["measure"]: each for each in effects["totals"]}
    whole = totals["total_delay"]
    clear = [each for each in effects["approaches"] if each["finding"] != "none"]
    gains = [each for each in clear if each["difference"] < 0]
    losses = [each for each in clear if each["difference"] > 0]
    same = [each for each in effects["approaches"] if each not in gains and each not in losses]
    parts = [
        f"<h1>{escape(title)}</h1>",
        f'<p class="b"><b>{_word(whole, effects)}</b>: {_told(whole)} s per vehicle</p>',
        *(["<p>Vehicles were left unfinished: delays are lower bounds.</p>"] * _bound(effects)),
        '<div class="two"><div><h2>Whole network</h2>',
        _table((name, totals[key]) for key, name in _TOTALS.items()),
        "</div><div><h2>By mode</h2>",
        _table((_mode(each), each) for each in effects["modes"]),
        '</div></div><div class="two">',
        _side("Less delay, s/veh", gains),
        _side("More delay, s/veh", losses),
        "</div>",
        f"<p>No difference shown: {escape(', '.join(map(_place, same)))}.</p>" if same else "",
        *(f"<p><small>{escape(sentence)}</small></p>" for sentence in basis),
        "<p><small>Change: after - before over the same seeds, mean with its 95 % t interval. "
        "Approaches: delay per vehicle on the way to the stop line.</small></p>",
    ]
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style><body>{''.join(parts)}</body></html>\n"
    )


def _bound(effects: Mapping[str, Any]) -> int:
    return int(bool(effects["is_lower_bound"]))


def _word(line: Mapping[str, Any], effects: Mapping[str, Any]) -> str:
    few = f"{line['pairs']} seed pairs, no verdict below {effects['least_pairs']}"
    return _WORDS.get(line["finding"], few)


def _told(line: Mapping[str, Any]) -> str:
    return (
        f"{line['before']:.1f} to {line['after']:.1f}, {line['difference']:+.2f} {_interval(line)}"
    )


def _interval(line: Mapping[str, Any]) -> str:
    interval = line["interval"]
    return "" if interval is None else f"({interval[0]:+.2f} .. {interval[1]:+.2f})"


def _table(rows: Any) -> str:
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td>{line['before']:.2f}</td><td>{line['after']:.2f}</td>"
        f"<td><b>{line['difference']:+.2f}</b></td><td>{_interval(line)}</td></tr>"
        for name, line in rows
    )
    head = "<tr><th></th><th>before</th><th>after</th><th>change</th><th>95 %</th></tr>"
    return f"<table>{head}{cells}</table>"


def _side(heading: str, rows: Sequence[Mapping[str, Any]]) -> str:
    shown, rest = rows[:MOST_PLACES], rows[MOST_PLACES:]
    more = ""
    if rest:
        total = sum(each["sum"]["difference"] for each in rest)
        more = f"<p>{len(rest)} more, together {total:+.2f} veh-h</p>"
    table = _table((_place(each), each) for each in shown) if shown else "<p>nobody shown</p>"
    return f"<div><h2>{heading} ({len(rows)})</h2>{table}{more}</div>"


def _place(approach: Mapping[str, Any]) -> str:
    way = f"from {approach['from']}" if approach["from"] else approach["edge"]
    return f"{approach['junction']} {way}"


def _mode(line: Mapping[str, Any]) -> str:
    return f"{line['mode']} ({line['due']})" + (
        ", waiting s" if line["measure"] == "waiting" else ", s/veh"
    )
