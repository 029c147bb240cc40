"""SUMO's XML files as a stream of elements, hostile until parsed.

Entities and DTDs are refused, sizes are bounded (a compressed file may not grow
without limit), and every error names file and line. What the elements mean is
not here: see road_reader and program_reader.
"""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Final, cast

from lxml import etree

from signalctl.domain.errors import InputError

MAX_BYTES: Final = 500_000_000
"""Largest file read, unpacked: about a hundred times a town of 8000 edges (5 MB)."""
_CHUNK_BYTES: Final = 1 << 16


def elements(
    path: Path, tags: Collection[str], *, max_bytes: int = MAX_BYTES
) -> Iterator[etree._Element]:
    """The elements with these tags that are direct children of the root, in file order.

    Each element is complete when it is yielded and forgotten afterwards, so the
    memory needed does not grow with the file. The root element itself is yielded
    first, for its attributes. Raises InputError, with file and line, for a file
    that cannot be opened, is truncated, is no XML, carries a DTD, or is too big.
    """
    parser = etree.XMLPullParser(
        events=("start", "end"),
        resolve_entities=False,
        no_network=True,
        huge_tree=False,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    root: etree._Element | None = None
    depth = 0
    try:
        for chunk in _chunks(path, max_bytes):
            parser.feed(chunk)
            for event, element in _events(parser):
                if event == "start":
                    depth += 1
                    if root is None:
                        root = element
                        _refuse_dtd(path, root)
                        yield root
                    continue
                depth -= 1
                if depth == 1:
                    if element.tag in tags:
                        yield element
                    element.clear()
                    while element.getprevious() is not None:
                        del element.getparent()[0]  # type: ignore[union-attr]  # depth 1: has one
        parser.close()
    except etree.XMLSyntaxError as error:
        raise InputError(
            f"The file is not complete, well-formed XML: {error.msg}.",
            where=f"{path}, line {error.lineno or 1}",
            remedy="Write it anew from its source (netconvert, netedit) or copy it again.",
        ) from error


def sha256_of(path: Path) -> str:
    """SHA-256 of the file as it lies on disk, hex digits. Raises InputError."""
    digest = hashlib.sha256()
    with _open(path) as raw:
        while block := raw.read(_CHUNK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def at(path: Path, element: etree._Element) -> str:
    """Where an element stands, for messages: `file, line 12`."""
    return f"{path}, line {line_of(element)}"


def line_of(element: etree._Element) -> int:
    """Line of the file an element starts in; 0 when it is not known."""
    line = cast("int | None", element.sourceline)
    return line or 0


def text(path: Path, element: etree._Element, name: str) -> str:
    """A required attribute; raises InputError when it is missing."""
    value = element.get(name)
    if value is None:
        raise InputError(
            f"Element <{element.tag}> has no attribute {name!r}.", where=at(path, element)
        )
    return value


def number(path: Path, element: etree._Element, name: str, default: float | None = None) -> float:
    """A finite numeric attribute; the default stands in for a missing one only."""
    value = element.get(name)
    if value is None and default is not None:
        return default
    try:
        found = float(text(path, element, name))
    except ValueError:
        found = float("nan")
    if not abs(found) < float("inf"):
        raise InputError(
            f"Attribute {name}={value!r} of <{element.tag}> is not a number.",
            where=at(path, element),
        )
    return found


def whole(path: Path, element: etree._Element, name: str, default: int | None = None) -> int:
    """An integer attribute; the default stands in for a missing one only."""
    value = element.get(name)
    if value is None and default is not None:
        return default
    try:
        return int(text(path, element, name))
    except ValueError:
        raise InputError(
            f"Attribute {name}={value!r} of <{element.tag}> is not a whole number.",
            where=at(path, element),
        ) from None


def _events(parser: etree.XMLPullParser) -> Iterator[tuple[str, etree._Element]]:
    return cast("Iterator[tuple[str, etree._Element]]", parser.read_events())


def _refuse_dtd(path: Path, root: etree._Element) -> None:
    if root.getroottree().docinfo.doctype:  # type: ignore[attr-defined]  # missing in the stubs
        raise InputError(
            "The file carries a document type declaration, which SUMO files never need.",
            where=f"{path}, line 1",
            remedy="Remove the <!DOCTYPE ...> part; it could make the reader open other files.",
        )


def _open(path: Path) -> IO[bytes]:
    try:
        return path.open("rb")
    except OSError as error:
        raise InputError(
            f"Cannot read: {error.strerror or error}.",
            where=str(path),
            remedy="Check the path and its rights.",
        ) from error


def _chunks(path: Path, max_bytes: int) -> Iterator[bytes]:
    """The file's content, unpacked when it is gzip (seen by its first two bytes)."""
    with _open(path) as raw:
        try:
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            source = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw
            total = 0
            while chunk := source.read(_CHUNK_BYTES):
                total += len(chunk)
                if total > max_bytes:
                    raise InputError(
                        f"The file is larger than {max_bytes // 1_000_000} MB when unpacked.",
                        where=str(path),
                        remedy="Cut the network to the part that is needed.",
                    )
                yield chunk
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise InputError(
                f"The compressed file is damaged or truncated: {error}.",
                where=str(path),
                remedy="Copy it again from its source.",
            ) from error
        except OSError as error:
            raise InputError(f"Cannot read: {error.strerror or error}.", where=str(path)) from error
