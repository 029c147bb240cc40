"""The English and the Chinese README say the same: sections, commands, figures and links."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENGLISH = (ROOT / "README.md").read_text()
CHINESE = (ROOT / "README.zh.md").read_text()

FENCED = re.compile(r"^```\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def _prose(text: str) -> str:
    return FENCED.sub("", text)


def _commands(text: str) -> list[str]:
    """The lines of the fenced blocks without their comments."""
    lines = [line for block in FENCED.findall(text) for line in block.splitlines()]
    bare = [re.sub(r"\s*(?:^|\s)#.*", "", line).rstrip() for line in lines]
    return [line for line in bare if line]


def _level_and_place(text: str) -> list[str]:
    """Headings by level, with how many commands, tables rows and verbs stand under each."""
    found = []
    for part in re.split(r"^(?=#+ )", FENCED.sub("", text), flags=re.MULTILINE)[1:]:
        level = part.partition(" ")[0]
        rows = sum(line.startswith("|") for line in part.splitlines())
        verbs = len(re.findall(r"\*\*`signalctl", part))
        points = sum(line.startswith("* ") for line in part.splitlines())
        found.append(f"{level} {rows} rows {verbs} verbs {points} points")
    return found


def _code(text: str) -> Counter[str]:
    spans = re.findall(r"`([^`]+)`", _prose(text))
    return Counter(re.sub(r"\s+", " ", span) for span in spans)


def _links(text: str) -> Counter[str]:
    return Counter(
        target for target in re.findall(r"\]\(([^)]+)\)", text) if not target.startswith("README")
    )


def _cells(text: str) -> list[list[str]]:
    """The figures of every table, row by row."""
    rows = [line for line in text.splitlines() if line.startswith("|")]
    return [re.findall(r"[+-]?\d[\d.,]*\d|\d", row) for row in rows]


def _figures(text: str) -> Counter[str]:
    """Numbers of the prose but for the tables; those in code and links have tests of their own."""
    lines = [line for line in _prose(text).splitlines() if not line.startswith("|")]
    bare = re.sub(r"`[^`]+`|\]\([^)]+\)", " ", " ".join(lines))
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", bare))


def test_each_leads_to_the_other() -> None:
    assert "[中文](README.zh.md)" in ENGLISH
    assert "[English](README.md)" in CHINESE


def test_sections_hold_the_same() -> None:
    assert _level_and_place(CHINESE) == _level_and_place(ENGLISH)


def test_commands_are_the_same_to_the_letter() -> None:
    assert _commands(ENGLISH)
    assert _commands(CHINESE) == _commands(ENGLISH)
    assert _code(CHINESE) == _code(ENGLISH)


def test_figures_are_the_same() -> None:
    assert _cells(CHINESE) == _cells(ENGLISH)
    assert _figures(CHINESE) == _figures(ENGLISH)


def test_links_lead_to_the_same_files() -> None:
    assert _links(CHINESE) == _links(ENGLISH)


def test_field_terms_are_those_of_the_glossary() -> None:
    """No word that the field uses for something else (see the page's own words)."""
    assert not re.search(r"您|亲爱|时差|上传", CHINESE)
