"""Independent peers: net-snmp's tools drive our agent, net-snmp's snmpd answers our manager."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT

import pytest
from ntcip_devices import ACCESS, QUICK, Street, agent_of, dual_ring

from signalctl.controllers.device.ntcip1202.manager import Manager, SetRejected
from signalctl.controllers.device.ntcip1202.objects import Oid, instance
from signalctl.controllers.device.ntcip1202.profile import Credentials
from signalctl.domain.errors import Unreachable

TOOLS = pytest.mark.skipif(
    shutil.which("snmpset") is None, reason="net-snmp's tools are not installed (apt: snmp)"
)
AGENT = pytest.mark.skipif(
    shutil.which("snmpd") is None, reason="net-snmp's agent is not installed (apt: snmpd)"
)
V2C = ["-v2c", "-c", ACCESS.write_community]
V1 = ["-v1", "-c", ACCESS.write_community]
V3 = ["-v3", "-l", "authPriv", "-u", ACCESS.user, "-a", "SHA-256", "-A", ACCESS.authentication_key]
V3 += ["-x", "AES", "-X", ACCESS.privacy_key]


def dotted(oid: Oid) -> str:
    return "." + ".".join(map(str, oid))


async def tool(name: str, port: int, security: list[str], *words: str) -> tuple[int, str]:
    """Exit code and output of one of net-snmp's tools, which never tries twice."""
    extra = ["-Cr25"] if name == "snmpbulkwalk" else []
    process = await asyncio.create_subprocess_exec(
        name, *extra, *security, "-Oqn", "-t", "5", "-r", "0", f"127.0.0.1:{port}", *words,
        stdout=PIPE, stderr=STDOUT,
    )  # fmt: skip
    out, _ = await process.communicate()
    return process.returncode or 0, out.decode()


@TOOLS
@pytest.mark.parametrize("security", [V1, V2C, V3], ids=["v1", "v2c", "v3"])
def test_a_whole_transaction(security: list[str]) -> None:
    site, _ = dual_ring()
    street = Street(site)
    state, verdict, said = (
        dotted(instance(name))
        for name in ("dbCreateTransaction", "dbVerifyStatus", "dbVerifyError")
    )
    ring, cycle = dotted(instance("phaseRing", 1)), dotted(instance("patternCycleTime", 1))

    async def whole() -> None:
        async with agent_of(street.store) as agent:

            async def put(*words: str) -> tuple[int, str]:
                return await tool("snmpset", agent.port, security, *words)

            async def look(*words: str) -> str:
                code, out = await tool("snmpget", agent.port, security, *words)
                assert code == 0, out
                return out

            code, out = await put(cycle, "i", "60", ring, "i", "1")
            assert code == 2
            assert "genError" in out
            assert f"Failed object: {ring}" in out
            assert (await put(state, "i", "2"))[0] == 0
            assert (await put(cycle, "i", "60", ring, "i", "1"))[0] == 0
            assert await look(cycle) == f"{cycle} 0\n"
            code, out = await put(cycle, "i", "256")
            assert code == 2
            assert "badValue" in out or "wrongValue" in out
            assert (await put(state, "i", "3"))[0] == 0
            assert (await look(state, verdict)).split() == [state, "6", verdict, "3"]
            assert "NO VERIFICATION ERROR" in await look(said)
            code, out = await put(cycle, "i", "61")
            assert code == 2
            assert "genError" in out
            assert "Failed object" not in out  # index 0 blames none
            assert (await put(state, "i", "1"))[0] == 0
            assert await look(cycle) == f"{cycle} 60\n"

    asyncio.run(whole())


@TOOLS
def test_a_walk_meets_every_instance_in_order() -> None:
    site, _ = dual_ring()
    street = Street(site)

    async def whole() -> None:
        async with agent_of(street.store) as agent:
            root = dotted(instance("maxPhases")[:-3])
            code, out = await tool("snmpbulkwalk", agent.port, V2C, root)
            assert code == 0
            met = [line.split(" ", 1)[0] for line in out.splitlines() if line.startswith(".1.3")]
            oids = [tuple(map(int, name[1:].split("."))) for name in met]
            assert oids == sorted(set(oids))
            assert instance("phaseConcurrency", 8) in oids
            assert instance("port1Status", 1) in oids
            code, _ = await tool("snmpget", agent.port, ["-v2c", "-c", "wrong"], root + ".1.1.0")
            assert code == 1
            reader = ["-v2c", "-c", ACCESS.read_community]
            system = dotted(instance("systemPatternControl"))
            code, out = await tool("snmpset", agent.port, reader, system, "i", "3")
            assert code == 2
            assert "noAccess" in out

    asyncio.run(whole())


HANDLER = """
import sys
BASE = ".1.3.6.1.4.1.1206.4.2.1.4"
HELD = {BASE + ".14.0": 0, BASE + ".1.0": 0, BASE + ".5.0": 32}
def say(*lines):
    print("\\n".join(map(str, lines)), flush=True)
while line := sys.stdin.readline():
    word = line.strip()
    if word == "PING":
        say("PONG")
    elif word in ("get", "getnext"):
        oid = sys.stdin.readline().strip()
        if word == "get" and oid in HELD:
            say(oid, "integer", HELD[oid])
        else:
            say("NONE")
    elif word == "set":
        oid = sys.stdin.readline().strip()
        kind, value = sys.stdin.readline().split()
        if oid == BASE + ".5.0" or oid not in HELD:
            say("not-writable")
        elif not 0 <= int(value) <= 255:
            say("wrong-value")
        else:
            HELD[oid] = int(value)
            say("DONE")
"""


@AGENT
def test_a_foreign_agent_answers_our_manager(tmp_path: Path) -> None:
    handler = tmp_path / "handler.py"
    handler.write_text(HANDLER)
    config = tmp_path / "snmpd.conf"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config.write_text(
        "rwcommunity writing 127.0.0.1\n"
        f"pass_persist .1.3.6.1.4.1.1206.4.2 {sys.executable} {handler}\n"
    )
    mode, system, most = (
        instance(name) for name in ("coordOperationalMode", "systemPatternControl", "maxPatterns")
    )

    async def whole() -> None:
        daemon = await asyncio.create_subprocess_exec(
            "snmpd", "-f", "-Lo", "-C", "-c", str(config), "-p", str(tmp_path / "pid"),
            f"udp:127.0.0.1:{port}", stdout=DEVNULL, stderr=DEVNULL,
        )  # fmt: skip
        manager = Manager("foreign", "127.0.0.1", port, QUICK, Credentials(community="writing"))
        try:
            for _ in range(20):
                if (await _try(manager, most)) is not None:
                    break
                await asyncio.sleep(0.25)
            assert await manager.get([most, mode, instance("maxPhases")]) == {
                most: 32,
                mode: 0,
                instance("maxPhases"): None,
            }
            await manager.set([(system, 7)])
            assert (await manager.get([system]))[system] == 7
            with pytest.raises(SetRejected) as refused:
                await manager.set([(system, 9), (most, 3)])
            assert refused.value.oid == most
            assert refused.value.status == "notWritable"
            # This agent is not atomic: who relies on a refused SET must read.
            assert (await manager.get([system, most])) == {system: 9, most: 32}
        finally:
            manager.close()
            daemon.terminate()
            await daemon.wait()

    asyncio.run(whole())


async def _try(manager: Manager, oid: Oid) -> object:
    try:
        return (await manager.get([oid]))[oid]
    except Unreachable:
        return None
