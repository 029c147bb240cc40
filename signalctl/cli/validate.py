"""signalctl validate: what the safety rules say about plans."""

from __future__ import annotations

from signalctl.cli.app import app
from signalctl.cli.arguments import AsJson, NetworkOf, PlanFile, Rules
from signalctl.cli.console import emit_json, finding_json, say, table
from signalctl.domain.finding import Severity


@app.command()
def validate(
    plans: PlanFile,
    network: NetworkOf,
    rules: Rules = "as-surveyed",
    as_json: AsJson = False,
) -> int:
    """Check every second of every plan; exit 1 when a plan breaks a rule."""
    from signalctl.files.plan_file import read_plans
    from signalctl.rules.registry import profile
    from signalctl.workflow.fitting import findings, fit
    from signalctl.workflow.source import open_source

    judged_by = profile(rules)
    plan_set = read_plans(plans)
    corridor = plan_set.corridor.junction_ids if plan_set.corridor is not None else ()
    found = findings(fit(plan_set, open_source(network).network), judged_by, corridor)
    errors = sum(f.severity is Severity.ERROR for f in found)
    if as_json:
        emit_json(
            {
                "plans": str(plans),
                "rules": judged_by.name,
                "ok": errors == 0,
                "junctions": list(plan_set.plans),
                "findings": [finding_json(f) for f in found],
            }
        )
        return 1 if errors else 0
    if found:
        table(
            ("junction", "second", "groups", "rule", "what", "source"),
            [
                (
                    f.junction_id,
                    "" if f.second is None else f.second,
                    ", ".join(f.groups),
                    f"{f.rule} ({f.severity})",
                    f"{f.message} {f.remedy}".strip(),
                    f.source,
                )
                for f in found
            ],
        )
    verdict = "safe" if not errors else f"NOT safe, {errors} errors"
    say(
        f"{len(plan_set.plans)} plans under {judged_by.name}: {verdict}, "
        f"{len(found) - errors} warnings."
    )
    return 1 if errors else 0
