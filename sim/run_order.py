"""What one run needs, whoever executes it and wherever: files, options, period, what is watched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any, Final

from signalctl.domain.frozen import FrozenMap
from signalctl.sim.detectors import Watched
from signalctl.sim.variants import Control


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOrder:
    """One run of SUMO in full.

    `where` names it in messages. `additionals` are loaded in this order, the
    variant's last; `options` are SUMO's by full name, and `file_options` those
    whose value is a list of files. `surveyed` are the files with lights' programs
    that `control` reads beside the network. A run is given up, without measures, once
    vehicles have stood or waited to get in for more than `stop_above_vehicle_s` in
    all: total delay is at least that.
    """

    where: str
    net: Path
    routes: tuple[Path, ...]
    additionals: tuple[Path, ...]
    options: FrozenMap[str, str]
    file_options: tuple[str, ...] = ()
    begin_s: float
    end_s: float
    limit_s: float
    step_s: float
    stop_above_vehicle_s: float | None = None
    watched: Watched
    control: Control | None = None
    surveyed: tuple[Path, ...] = ()
    edge_delays: bool = False
    """Whether to measure on which edge each vehicle lost its time."""

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file it reads, once, sorted."""
        named = (Path(part) for name in self.file_options for part in _parts(self.options[name]))
        return tuple(sorted({self.net, *self.routes, *self.additionals, *self.surveyed, *named}))

    def moved(self, places: Mapping[Path, Path]) -> RunOrder:
        """The same run with its files where `places` says; others stay."""

        def there(paths: tuple[Path, ...]) -> tuple[Path, ...]:
            return tuple(places.get(path, path) for path in paths)

        options = {
            name: ",".join(str(places.get(Path(part), Path(part))) for part in _parts(value))
            if name in self.file_options
            else value
            for name, value in self.options.items()
        }
        return replace(
            self,
            net=places.get(self.net, self.net),
            routes=there(self.routes),
            additionals=there(self.additionals),
            surveyed=there(self.surveyed),
            options=FrozenMap(options),
        )

    def to_json(self) -> dict[str, Any]:
        """As plain values, for another process."""
        plain = {field.name: getattr(self, field.name) for field in fields(self)}
        for name in _PATH_TUPLES:
            plain[name] = [str(path) for path in plain[name]]
        control = self.control
        return {
            **plain,
            "net": str(self.net),
            "options": dict(self.options),
            "file_options": list(self.file_options),
            "watched": asdict(self.watched),
            "control": None
            if control is None
            else {
                "strategy": control.strategy,
                "settings": dict(control.settings),
                "rules": control.rules,
                "revision": control.revision,
            },
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> RunOrder:
        """What `to_json` made of it, back."""
        control = value["control"]
        plain = {
            **value,
            **{name: tuple(Path(path) for path in value[name]) for name in _PATH_TUPLES},
            "net": Path(value["net"]),
            "options": FrozenMap(value["options"]),
            "file_options": tuple(value["file_options"]),
            "watched": Watched.from_json(value["watched"]),
            "control": None
            if control is None
            else Control(**{**control, "settings": FrozenMap(control["settings"])}),
        }
        return cls(**plain)


_PATH_TUPLES: Final = ("routes", "additionals", "surveyed")


def _parts(value: str) -> list[str]:
    return value.split(",")
