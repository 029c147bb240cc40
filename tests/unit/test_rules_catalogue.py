"""The page of rules is the registry, in words."""

from __future__ import annotations

import re
from pathlib import Path

from signalctl.rules.catalogue import rules_page
from signalctl.rules.corridor import COMMON_CYCLE, COMMON_CYCLE_TITLE
from signalctl.rules.registry import PROFILES, RULES

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "rules.md"
WORDS = ROOT / "api/page/src/words/rules.ts"


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == rules_page(), (
        "Write it anew: python -c 'from pathlib import Path; from signalctl.rules.catalogue "
        'import rules_page; Path("docs/rules.md").write_text(rules_page())\''
    )


def test_every_rule_and_profile_stands_on_the_page() -> None:
    page = rules_page()
    for rule in RULES:
        assert f"| `{rule.id}` |" in page
    for profile in PROFILES:
        assert f"`{profile.name}` (version" in page


def test_every_rule_and_every_number_cites_a_source() -> None:
    for rule in RULES:
        assert rule.source
        assert (rule.of_plan is None) or (rule.of_program is None)
    for profile in PROFILES:
        numbers = {name for rule in RULES for name in rule.limits}
        for name in numbers:
            assert getattr(profile.limits, name).source


def test_the_page_of_the_service_has_every_rule_in_both_languages() -> None:
    words = WORDS.read_text(encoding="utf-8")
    titles = {rule.id: rule.title for rule in RULES} | {COMMON_CYCLE: COMMON_CYCLE_TITLE}
    found = re.findall(r'"rule\.([\w-]+)": \[\s*"([^"]+)",\s*"([^"]+)",?\s*\]', words)
    assert {rule: title for rule, title, _ in found} == titles
    assert all(any("\u4e00" <= letter <= "\u9fff" for letter in said) for _, _, said in found)
