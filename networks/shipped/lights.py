"""What a compiled network's signals control: links, lanes, right of way, crossings."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from signalctl.domain.errors import SimulationError


@dataclass(frozen=True, slots=True)
class Link:
    """A vehicle link of a signal: from an approach lane into an edge."""

    index: int
    start: str
    end: str
    lane: int
    turn: str
    """SUMO's letter: s straight, l left, r right."""


@dataclass(frozen=True, slots=True)
class CrossingLink:
    """A pedestrian link of a signal: the crossed edges and the walking distance."""

    index: int
    edges: frozenset[str]
    length_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """One signal: its links, and for each link whom it yields to and conflicts with."""

    id: str
    links: tuple[Link, ...]
    crossings: tuple[CrossingLink, ...]
    yields_to: tuple[frozenset[int], ...]
    conflicts_with: tuple[frozenset[int], ...]

    @property
    def size(self) -> int:
        """Number of link indices."""
        return len(self.yields_to)

    def state(self, green: frozenset[int]) -> str:
        """The state with these links green: `g` where a link must give way to another.

        Raises SimulationError when two green links conflict and neither yields.
        """
        letters = []
        for index in range(self.size):
            if index not in green:
                letters.append("r")
                continue
            for foe in sorted(self.conflicts_with[index] & green):
                if foe not in self.yields_to[index] and index not in self.yields_to[foe]:
                    raise SimulationError(
                        f"Links {index} and {foe} are green together and neither gives way.",
                        where=f"junction {self.id}",
                    )
            letters.append("g" if self.yields_to[index] & green else "G")
        return "".join(letters)


def read_lights(net_xml: str) -> dict[str, Light]:
    """Every signal of a network compiled by us (one node per signal), by id."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    root = etree.fromstring(net_xml.encode(), parser)
    crossed = {
        edge.get("id", ""): (
            frozenset(edge.get("crossingEdges", "").split()),
            float(edge[0].get("length", "0")),
        )
        for edge in root.iterfind("edge[@function='crossing']")
    }
    links: dict[str, list[Link]] = {}
    crossings: dict[str, list[CrossingLink]] = {}
    for item in root.iterfind("connection[@tl]"):
        light, index = item.get("tl", ""), int(item.get("linkIndex", "-1"))
        target = item.get("to", "")
        if target in crossed:
            edges, length_m = crossed[target]
            crossings.setdefault(light, []).append(CrossingLink(index, edges, length_m))
            continue
        links.setdefault(light, []).append(
            Link(
                index,
                item.get("from", ""),
                target,
                int(item.get("fromLane", "-1")),
                item.get("dir", "").lower(),
            )
        )
    return {
        node.get("id", ""): _light(node, links, crossings)
        for node in root.iterfind("junction[@type='traffic_light']")
    }


def _light(
    node: etree._Element,
    links: dict[str, list[Link]],
    crossings: dict[str, list[CrossingLink]],
) -> Light:
    name = node.get("id", "")
    requests = sorted(node.iterfind("request"), key=lambda r: int(r.get("index", "-1")))
    mine = tuple(sorted(links.get(name, []), key=lambda link: link.index))
    walks = tuple(sorted(crossings.get(name, []), key=lambda link: link.index))
    indices = sorted([link.index for link in mine] + [walk.index for walk in walks])
    if indices != list(range(len(requests))):
        # Right of way is given per request; it is only per link index when both count alike.
        raise SimulationError("Signal links and requests do not match.", where=f"junction {name}")
    return Light(
        id=name,
        links=mine,
        crossings=walks,
        yields_to=tuple(_bits(r.get("response", "")) for r in requests),
        conflicts_with=tuple(_bits(r.get("foes", "")) for r in requests),
    )


def _bits(text: str) -> frozenset[int]:
    """Indices of the ones; SUMO writes index 0 rightmost."""
    return frozenset(i for i, bit in enumerate(reversed(text)) if bit == "1")
