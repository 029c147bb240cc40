"""The objects of both protocols as documents, from the tables the adapters run by.

    python -m bench.object_docs --write docs

Without --write it says whether the documents in docs/ are up to date.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from enum import IntEnum
from itertools import groupby
from pathlib import Path
from typing import Final

from signalctl.controllers.device.gbt20999.dictionary import ENTRIES, SAFETY_CLASSES, as_table
from signalctl.controllers.device.ntcip1202.objects import (
    ASC,
    GLOBAL,
    OBJECTS,
    ObjectClass,
    ObjectType,
    Oid,
    Syntax,
)
from signalctl.files.atomic import write_atomic

DOCS: Final = Path(__file__).resolve().parents[1] / "docs"
MADE: Final = (
    "Made by `python -m bench.object_docs --write docs` from the table that adapter and "
    "emulator run by;\na test holds it to that table.\n"
)
CLASSES: Final = {
    ObjectClass.PARAMETER: "parameter",
    ObjectClass.TRANSACTION: "parameter, only in a transaction",
    ObjectClass.CONTROL: "control",
    ObjectClass.STATUS: "status",
}
SYNTAXES: Final = {
    Syntax.INTEGER: "INTEGER",
    Syntax.OCTETS: "OCTET STRING",
    Syntax.OID: "OBJECT IDENTIFIER",
    Syntax.CLOCK: "Counter32 or Unsigned32",
}
UNITS: Final = {"ds": "0.1 s", "bits": "bit mask"}
"""What the table's shorter words mean."""


def ntcip() -> str:
    """NTCIP 1202 and 1201: every object by node."""
    served = [found for found in OBJECTS.values() if not found.v03]
    parts = [
        "# NTCIP 1202 and 1201: the objects spoken\n",
        MADE,
        f"{len(served)} objects of NTCIP 1202 v02 (under `{_dotted(ASC)}`) and NTCIP 1201 (under\n"
        f"`{_dotted(GLOBAL)}`) are served by the emulated controller. {len(OBJECTS) - len(served)} "
        "that only version\n03 has are named for readers and not served. An index in brackets "
        "follows the OID of a\ncolumn; scalars end in `.0`. Parameters are written inside a "
        "transaction\n(`dbCreateTransaction`) by the profiles of devices that have one.\n",
    ]
    for node, objects in groupby(OBJECTS.values(), key=_node):
        parts.append(f"## {_dotted(node)}\n")
        parts.append(
            "| OID | object | access | kind | type | range | unit | values |\n"
            "| --- | --- | --- | --- | --- | --- | --- | --- |\n"
            + "\n".join(map(_ntcip_row, objects))
            + "\n"
        )
    return "\n".join(parts)


def _node(found: ObjectType) -> Oid:
    return found.oid[: len(ASC) + 1]


def _ntcip_row(found: ObjectType) -> str:
    index = "".join(f".[{name}]" for name in found.index) or ".0"
    values = ", ".join(f"{number} {word}" for number, word in sorted(found.meanings.items()))
    size = "" if found.syntax is Syntax.CLOCK else f"{found.low}-{found.high}"
    octets = " octets" if found.syntax is Syntax.OCTETS else ""
    name = f"{found.name} (v03)" if found.v03 else found.name
    return (
        f"| {_dotted(found.oid)}{index} | {name} | {'RW' if found.writable else 'RO'} "
        f"| {CLASSES[found.kind]} | {SYNTAXES[found.syntax]} | {size}{octets} "
        f"| {UNITS.get(found.unit, found.unit)} | {values} |"
    )


def _dotted(oid: Oid) -> str:
    return ".".join(map(str, oid))


def gbt() -> str:
    """GB/T 20999-2017: the dictionary, and what its enumerations say."""
    certified = ", ".join(map(str, sorted(SAFETY_CLASSES)))
    parts = [
        "# GB/T 20999-2017: the objects spoken\n",
        MADE,
        f"{len(ENTRIES)} objects. An id is class.object.attribute; the element number follows it "
        f"in a frame.\nClasses {certified} are certified on site: they are read and compared, and "
        "never written.\n",
        as_table(),
        "## Values\n",
    ]
    named = {
        entry.allowed.__name__: entry.allowed
        for entry in ENTRIES
        if isinstance(entry.allowed, type) and issubclass(entry.allowed, IntEnum)
    }
    for name in sorted(named):
        parts.append(f"### {name}\n")
        said = (named[name].__doc__ or "").strip().split("\n\n")[0]
        parts.append(f"{said}\n" if said else "")
        parts.append(
            "| value | meaning |\n| --- | --- |\n"
            + "\n".join(
                f"| {member:#04x} ({member:d}) | {member.name.lower().replace('_', ' ')} |"
                for member in named[name]
            )
            + "\n"
        )
    return "\n".join(part for part in parts if part)


DOCUMENTS: Final = {"objects-ntcip1202.md": ntcip, "objects-gbt20999.md": gbt}


def stale(folder: Path) -> list[str]:
    """The documents in a folder that are not what the tables say now."""
    found = []
    for name, made in DOCUMENTS.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != made():
            found.append(name)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the documents, or say which are stale; 1 when any is."""
    parser = argparse.ArgumentParser(prog="python -m bench.object_docs", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FOLDER")
    options = parser.parse_args(arguments)
    if options.write:
        for name, made in DOCUMENTS.items():
            write_atomic(options.write / name, made())
            print(options.write / name)
        return 0
    found = stale(DOCS)
    print(f"Stale: {', '.join(found)}." if found else "The documents are up to date.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
