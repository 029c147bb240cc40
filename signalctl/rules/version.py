"""What the rules were when a plan was judged, as one hash."""

from __future__ import annotations

import signalctl
from signalctl.domain.fingerprint import fingerprint
from signalctl.rules.corridor import COMMON_CYCLE, COMMON_CYCLE_SOURCE
from signalctl.rules.registry import RULES, Profile


def rules_version(profile: Profile) -> str:
    """Fingerprint of every rule as it is defined, the profile's numbers and the program's version.

    Two judgements under one version asked for the same; how a check is written counts only
    through the versions of profile and program.
    """
    return fingerprint(
        {
            "program": signalctl.__version__,
            "profile": {
                "name": profile.name,
                "version": profile.version,
                "limits": profile.limits,
                "severities": {rule: str(how) for rule, how in profile.severities.items()},
            },
            "rules": [
                {
                    "id": rule.id,
                    "title": rule.title,
                    "severity": str(rule.severity),
                    "source": rule.source,
                    "limits": rule.limits,
                }
                for rule in RULES
            ],
            "corridor": [COMMON_CYCLE, COMMON_CYCLE_SOURCE],
        }
    )
