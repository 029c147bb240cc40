"""Network files are hostile until parsed: every fault is one sentence with file and line."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from signalctl.domain.errors import InputError
from signalctl.networks.network import read_network
from signalctl.networks.program_reader import read_additional
from signalctl.networks.road_reader import read_net_file, read_roads
from signalctl.networks.roads import Connection
from signalctl.networks.sumo_xml import elements

NET = """<?xml version="1.0" encoding="UTF-8"?>
<!-- written by hand -->
<net version="1.20">
    <location netOffset="1.5,2" convBoundary="0,0,20,10" projParameter="+proj=utm"/>
    <futureThing id="1"><child/></futureThing>
    <edge id=":c_0" function="internal">
        <lane id=":c_0_0" index="0" speed="7" length="4" shape="10,0 14,0"/>
    </edge>
    <edge id=":c_1" function="internal">
        <lane id=":c_1_0" index="0" speed="7" length="5" shape="14,0 18,3"/>
    </edge>
    <edge id="in" from="a" to="c" priority="3" type="highway.primary">
        <lane id="in_0" index="0" allow="bicycle" speed="5" length="10" shape="0,0,9 10,0,9"/>
        <lane id="in_1" index="1" disallow="tram" speed="13.89" length="10" shape="0,3 10,3"/>
        <param key="anything" value="x"/>
    </edge>
    <edge id="out" from="c" to="b" priority="3">
        <lane id="out_0" index="0" speed="13.89" length="10" shape="18,3 28,3"/>
    </edge>
    <junction id="a" type="dead_end" x="0" y="0" incLanes="" intLanes="" shape="0,0 1,1"/>
    <junction id="c" type="traffic_light" x="14" y="0" incLanes="in_0 in_1" intLanes=":c_1_0"
              shape="10,0 18,0">
        <request index="0" response="0" foes="0" cont="1"/>
    </junction>
    <junction id=":c_1_0" type="internal" x="14" y="0" incLanes=":c_0_0" intLanes=""/>
    <connection from="in" to="out" fromLane="1" toLane="0" via=":c_0_0" tl="c" linkIndex="0"
                dir="l" state="o"/>
    <connection from=":c_0" to="out" fromLane="0" toLane="0" via=":c_1_0" dir="l" state="m"/>
    <connection from=":c_1" to="out" fromLane="0" toLane="0" dir="l" state="M"/>
</net>
"""


def write(folder: Path, content: str, name: str = "n.net.xml") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def test_roads_are_read_as_written(tmp_path: Path) -> None:
    roads = read_roads(write(tmp_path, NET))
    assert roads.version == "1.20"
    assert not roads.left_hand
    assert roads.location.net_offset == (1.5, 2.0)
    edge = roads.edge("in")
    assert (edge.from_node, edge.to_node, edge.priority) == ("a", "c", 3)
    assert edge.speed_mps == 13.89
    assert edge.lanes[0].shape == ((0.0, 0.0), (10.0, 0.0))
    assert edge.lanes[0].allows("bicycle")
    assert not edge.lanes[0].allows("bus")
    assert edge.lanes[1].allows("bus")
    assert not edge.lanes[1].allows("tram")
    assert [e.id for e in roads.entering("c")] == ["in"]
    assert [e.id for e in roads.leaving("c")] == ["out"]
    assert set(roads.nodes) == {"a", "c"}


def test_the_internal_path_runs_through_internal_junctions(tmp_path: Path) -> None:
    roads = read_roads(write(tmp_path, NET))
    (connection,) = roads.of_light("c")
    assert [lane.id for lane in roads.internal_path(connection)] == [":c_0_0", ":c_1_0"]
    assert roads.request_of(connection) == ("c", 0)
    assert roads.nodes["c"].requests[0].waits_inside


def test_requests_without_internal_lanes_follow_lanes_and_connections(tmp_path: Path) -> None:
    bare = NET.replace(' via=":c_0_0"', "").replace('intLanes=":c_1_0"', 'intLanes=""')
    roads = read_roads(write(tmp_path, bare))
    (connection,) = roads.of_light("c")
    assert roads.internal_path(connection) == ()
    assert roads.request_of(connection) == ("c", 0)


def test_a_circle_of_internal_lanes_ends(tmp_path: Path) -> None:
    circle = NET.replace(
        '<connection from=":c_1" to="out" fromLane="0" toLane="0"',
        '<connection from=":c_1" to="out" fromLane="0" toLane="0" via=":c_0_0"',
    )
    roads = read_roads(write(tmp_path, circle))
    (connection,) = roads.of_light("c")
    assert len(roads.internal_path(connection)) == 2


def test_a_connection_of_unknown_edges_has_no_node(tmp_path: Path) -> None:
    roads = read_roads(write(tmp_path, NET))
    lost = Connection(
        from_edge="nowhere",
        to_edge="out",
        from_lane=0,
        to_lane=0,
        via=None,
        tl=None,
        link_index=None,
        direction="s",
        state="M",
    )
    assert roads.node_of(lost) is None
    assert roads.request_of(lost) is None
    with pytest.raises(InputError, match="no edge 'nowhere'"):
        roads.edge("nowhere")


def test_gzip_is_seen_by_content_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "packed.xml"
    path.write_bytes(gzip.compress(NET.encode()))
    assert read_roads(path) == read_roads(write(tmp_path, NET))


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9, 0.999])
def test_truncated_files_name_file_and_line(tmp_path: Path, share: float) -> None:
    path = write(tmp_path, NET[: int(len(NET) * share)])
    with pytest.raises(InputError, match=r"n\.net\.xml, line \d+: The file is not complete"):
        read_net_file(path)


def test_truncated_gzip_is_said(tmp_path: Path) -> None:
    path = tmp_path / "n.net.xml.gz"
    path.write_bytes(gzip.compress(NET.encode() * 3)[:-40])
    with pytest.raises(InputError, match="damaged or truncated"):
        read_net_file(path)


def test_a_gzip_bomb_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.net.xml.gz"
    path.write_bytes(gzip.compress(b"<net>" + b" " * 3_000_000))
    with pytest.raises(InputError, match="larger than 1 MB when unpacked"):
        list(elements(path, ("edge",), max_bytes=1_000_000))


ENTITIES = """<?xml version="1.0"?>
<!DOCTYPE net [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<net version="1.20"><edge id="&b;"/></net>
"""
OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE net [<!ENTITY secret SYSTEM "file:///etc/hostname">]>
<net version="1.20"><edge id="x">&secret;</edge></net>
"""


@pytest.mark.parametrize("content", [ENTITIES, OUTSIDE, '<!DOCTYPE net SYSTEM "x.dtd"><net/>'])
def test_document_types_and_entities_are_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(InputError, match="document type declaration"):
        read_net_file(write(tmp_path, content))
    with pytest.raises(InputError, match="document type declaration"):
        read_additional(write(tmp_path, content, "a.add.xml"))


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ('<net version="1.20">', "<routes>", "no SUMO network|not complete"),
        ('length="10" shape="18,3', 'length="far" shape="18,3', "'far' of <lane> is not a number"),
        ('length="10" shape="18,3', 'length="nan" shape="18,3', "'nan' of <lane> is not a number"),
        ('length="10" shape="18,3', 'length="-1" shape="18,3', "negative length"),
        ('linkIndex="0"', 'linkIndex="first"', "not a whole number"),
        (' linkIndex="0"', "", "no attribute 'linkIndex'"),
        ('foes="0"', 'foes="2"', "no bit string"),
        ("18,3 28,3", "18,3 28", "no point"),
        ("18,3 28,3", "18,3 x,y", "not numbers"),
        ('<edge id="out"', '<edge id="in"', "two <edge> elements"),
        ('<junction id="a"', '<junction id="c"', "two <junction> elements"),
        ('convBoundary="0,0,20,10"', 'convBoundary="0"', "location cannot be read"),
    ],
)
def test_faults_name_what_and_where(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in NET
    path = write(tmp_path, NET.replace(old, new, 1))
    with pytest.raises(InputError, match=sentence) as caught:
        read_net_file(path)
    assert "n.net.xml" in caught.value.where


def test_missing_empty_and_foreign_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Cannot read"):
        read_network(tmp_path / "none.net.xml")
    with pytest.raises(InputError, match="Cannot read"):
        read_network(tmp_path)
    with pytest.raises(InputError):
        read_network(write(tmp_path, ""))
    with pytest.raises(InputError, match="no roads"):
        read_network(write(tmp_path, '<net version="1.20"/>'))
    with pytest.raises(InputError, match="a <routes> file"):
        read_network(write(tmp_path, "<routes/>"))
    binary = tmp_path / "b.net.xml"
    binary.write_bytes(bytes(range(256)))
    with pytest.raises(InputError):
        read_network(binary)
