"""Two signals in a row with a few minutes of traffic, made by SUMO's netgenerate."""

from __future__ import annotations

from pathlib import Path

from small_nets import signal_row


def two_signals(folder: Path, end_s: int, *, east_vph: int, west_vph: int, north_vph: int) -> Path:
    """A scenario file: signals A0 and B0, flows both ways and northward over A0 to `end_s`."""
    signal_row(folder / "two.net.xml", "A0,B0", 250)
    flows = (
        ("we", east_vph, "left0A0", "B0right0"),
        ("ew", west_vph, "right0B0", "A0left0"),
        ("sn", north_vph, "bottom0A0", "A0top0"),
    )
    (folder / "demand.rou.xml").write_text(
        '<routes><vType id="car" vClass="passenger"/>'
        + "".join(
            f'<flow id="{name}" type="car" begin="0" end="{end_s}" vehsPerHour="{vph}"'
            f' from="{source}" to="{target}"/>'
            for name, vph, source, target in flows
        )
        + "</routes>"
    )
    path = folder / "s.yaml"
    path.write_text(
        "schema: signalctl/scenario/1\nname: two\nnetwork: two.net.xml\n"
        f"routes: [demand.rou.xml]\nend_s: {end_s}\n"
    )
    return path
