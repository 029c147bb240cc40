"""Small XML texts, written the same way every time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias
from xml.sax.saxutils import quoteattr

Attributes: TypeAlias = Mapping[str, str | int | float]


def element(tag: str, attributes: Attributes, children: Iterable[str] = ()) -> str:
    """One element with its attributes in the given order, children indented.

    Numbers are written by `str`; choose the decimals before where they matter.
    """
    head = f"<{tag}" + "".join(f" {k}={quoteattr(str(v))}" for k, v in attributes.items())
    lines = [line for child in children for line in child.splitlines()]
    if not lines:
        return f"{head}/>"
    body = "\n".join(f"    {line}" for line in lines)
    return f"{head}>\n{body}\n</{tag}>"
