"""Scenario files: SUMO configurations and `schema: signalctl/scenario/1` YAML."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final

from lxml import etree
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from signalctl.domain.errors import InputError
from signalctl.domain.frozen import FrozenMap
from signalctl.files.yaml_document import line_of, read_yaml
from signalctl.networks.sumo_xml import at
from signalctl.sim.demand_period import last_departure_s
from signalctl.sim.scenario import (
    DRAIN_LIMIT_S,
    NO_TELEPORT_S,
    OWN_FIELDS,
    Scenario,
    hashed,
    time_s,
)
from signalctl.sim.sumo_options import FIXED, option_named

SCENARIO_SCHEMA: Final = "signalctl/scenario/1"
MAX_CFG_BYTES: Final = 4_000_000
"""SUMO's fully commented template, every option in it, is below 0.2 MB."""

_Seconds = Annotated[float, Field(allow_inf_nan=False)]
_Name = Annotated[str, Field(min_length=1, max_length=4096)]


class ScenarioModel(BaseModel):
    """The YAML form of a scenario; paths are relative to the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    schema_: str = Field(alias="schema")
    name: _Name
    network: _Name
    routes: Annotated[tuple[_Name, ...], Field(min_length=1)]
    additionals: tuple[_Name, ...] = ()
    begin_s: _Seconds = 0.0
    end_s: _Seconds
    step_s: Annotated[_Seconds, Field(gt=0, le=1)] = 1.0
    teleport_s: _Seconds = Field(
        default=NO_TELEPORT_S, description="vehicles stuck this long are moved; -1: never"
    )
    drain_limit_s: Annotated[_Seconds, Field(ge=0)] = DRAIN_LIMIT_S
    options: dict[str, str | bool | int | float] = Field(
        default_factory=dict, description="further SUMO options by their full name"
    )


def read_yaml_scenario(path: Path) -> Scenario:
    """A scenario from our YAML. Raises InputError naming the line and key."""
    document = read_yaml(path, SCENARIO_SCHEMA)
    try:
        model = ScenarioModel.model_validate(document)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"])
        unknown = first["type"] == "extra_forbidden"
        raise InputError(
            f"{field}: {'there is no such key' if unknown else first['msg']}.",
            where=f"{path}:{line_of(document, first['loc'])}",
            remedy=f"Keys are {', '.join(_keys())}.",
        ) from error
    options = _Options(path)
    for key, value in model.options.items():
        where = f"{path}:{line_of(document, ('options', key))}"
        option = option_named(key, where)
        if option.name in FIXED or option.is_ours or option.name in OWN_FIELDS:
            reason = FIXED.get(option.name, "it is no matter of the scenario's options")
            raise InputError(f"Option {key!r} cannot be set here: {reason}.", where=where)
        options.add(option.name, option.kind, _written(value), where)

    def file(key: str, *at_: Any) -> Path:
        value = document[key][at_[0]] if at_ else document[key]
        return _file(path, str(value), key, f"{path}:{line_of(document, (key, *at_))}")

    net = file("network")
    routes = tuple(file("routes", i) for i in range(len(model.routes)))
    additionals = tuple(file("additionals", i) for i in range(len(model.additionals)))
    return Scenario(
        name=model.name,
        source=path,
        net=net,
        routes=routes,
        additionals=additionals,
        begin_s=model.begin_s,
        end_s=model.end_s,
        step_s=model.step_s,
        time_to_teleport_s=model.teleport_s,
        drain_limit_s=model.drain_limit_s,
        options=FrozenMap(options.values),
        inputs=hashed((net, *routes, *additionals, *options.files)),
    )


def read_sumocfg(path: Path) -> Scenario:
    """A scenario from a SUMO configuration.

    Options about outputs, screen and remote control are left out; so are those
    that would make a run unrepeatable or hide vehicles, and each of these leaves
    a note. Teleporting is off unless the file sets it. A configuration without an
    end takes the demand's own: one second after the last departure.
    """
    root = _parse_cfg(path)
    given: dict[str, tuple[str, str]] = {}
    options = _Options(path)
    notes: list[str] = []
    for element in root.iter(etree.Element):
        value = element.get("value", element.get("v"))
        parent = element.getparent()
        # sumo-gui has options of its own there, which SUMO without a screen does not know.
        on_screen = parent is not None and parent.tag == "gui_only"
        if value is None or element is root or on_screen:
            continue
        where = at(path, element)
        option = option_named(str(element.tag), where)
        if option.name in OWN_FIELDS:
            given[option.name] = (value, where)
        elif option.name in FIXED:
            notes.append(f"{option.name}={value} is left out: {FIXED[option.name]}.")
        elif not option.is_ours and value.strip():
            options.add(option.name, option.kind, value, where)
    if "net-file" not in given:
        raise InputError("There is no net-file.", where=f"{path}, key net-file")

    def files(key: str) -> tuple[Path, ...]:
        value, where = given.get(key, ("", ""))
        names = [name.strip() for name in value.split(",")]
        return tuple(_file(path, name, key, where) for name in names if name)

    def seconds(key: str, default: float) -> float:
        return time_s(*given[key]) if given.get(key, ("", ""))[0].strip() else default

    (net,), routes, additionals = (
        files("net-file")[:1],
        files("route-files"),
        files("additional-files"),
    )
    begin_s, end_s = seconds("begin", 0.0), seconds("end", -1.0)
    if end_s < 0:
        end_s = last_departure_s((*routes, *additionals), begin_s) + 1.0
        notes.append(f"The file gives no end: demand ends with its last departure, {end_s:g} s.")
    return Scenario(
        name=path.parent.name if path.stem == "scenario" else path.stem,
        source=path,
        net=net,
        routes=routes,
        additionals=additionals,
        begin_s=begin_s,
        end_s=end_s,
        step_s=seconds("step-length", 1.0),
        time_to_teleport_s=seconds("time-to-teleport", NO_TELEPORT_S),
        options=FrozenMap(options.values),
        inputs=hashed((net, *routes, *additionals, *options.files)),
        notes=tuple(notes),
    )


class _Options:
    """SUMO options gathered one by one, and the files they name."""

    def __init__(self, source: Path) -> None:
        self.source = source
        self.values: dict[str, str] = {}
        self.files: tuple[Path, ...] = ()

    def add(self, name: str, kind: str, value: str, where: str) -> None:
        if kind == "FILE":
            found = tuple(
                _file(self.source, part.strip(), name, where) for part in value.split(",")
            )
            self.files += found
            value = ",".join(str(file) for file in found)
        self.values[name] = value


def _file(source: Path, name: str, key: str, where: str) -> Path:
    path = (source.parent / name).resolve()
    if not path.is_file():
        raise InputError(
            f"{key} names {name!r}, and there is no such file.",
            where=where,
            remedy=f"It was looked for at {path}.",
        )
    return path


def _parse_cfg(path: Path) -> etree._Element:
    try:
        if path.stat().st_size > MAX_CFG_BYTES:
            raise InputError("The file is too large for a SUMO configuration.", where=str(path))
        parser = etree.XMLParser(
            resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False
        )
        tree = etree.parse(str(path), parser)
    except etree.XMLSyntaxError as error:
        raise InputError(
            f"The file is not complete, well-formed XML: {error.msg}.",
            where=f"{path}, line {error.lineno or 1}",
        ) from error
    except OSError as error:
        raise InputError(f"Cannot read: {error.strerror or error}.", where=str(path)) from error
    if tree.docinfo.doctype:  # type: ignore[union-attr]  # missing in the stubs
        raise InputError(
            "The file carries a document type declaration, which SUMO files never need.",
            where=f"{path}, line 1",
        )
    root = tree.getroot()
    if not str(root.tag).lower().endswith("configuration"):
        raise InputError(
            f"A SUMO configuration was expected, this is a <{root.tag}>.", where=str(path)
        )
    return root


def _keys() -> list[str]:
    return [field.alias or name for name, field in ScenarioModel.model_fields.items()]


def _written(value: str | bool | int | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
