"""The page of rules is the registry, in words."""

from __future__ import annotations

from pathlib import Path

from signalctl.rules.catalogue import rules_page
from signalctl.rules.registry import PROFILES, RULES

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


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
