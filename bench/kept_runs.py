"""Plans and runs of the published bench in the repository: a folder a scenario, plain text.

What a table shows can so be read, run again by itself, and gone on from on another
machine: `variants` holds plans and the programs of SUMO's tools, `runs.jsonl` a record
a line, each under the name by which the bench finds it again.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from signalctl.files.atomic import write_atomic
from signalctl.sim.variants import plans
from signalctl.workflow.bench.planner import PLANNING_FILE, PLANS_FILE
from signalctl.workflow.bench.rows import PLAN, BenchEntry
from signalctl.workflow.bench.scenario import shelf_of
from signalctl.workflow.manifest import with_manifest
from signalctl.workflow.source import open_scenario

KEPT: Final = Path(__file__).resolve().parent / "published"
RUNS: Final = "runs.jsonl"
RANKING: Final = "ranking"
PLAN_PROGRAMS: Final = "plans.add.xml"
FILES: Final = (PLANS_FILE, PLANNING_FILE, PLAN_PROGRAMS)
TOOLS: Final = "sumo-tools"
"""The one peer whose programs take long to make."""


def lay(entries: Sequence[BenchEntry], folder: Path, kept: Path = KEPT) -> None:
    """Put what is kept of the scenarios where a bench in `folder` finds it.

    What lies there already stays: it may be newer.
    """
    for entry in entries:
        own, shelf = kept / entry.name, _shelf(folder, entry)
        for made in sorted((own / "variants").glob("*")):
            if not (shelf / made.name).exists():
                shutil.copytree(made, shelf / made.name)
        runs = folder / "runs"
        runs.mkdir(parents=True, exist_ok=True)
        for name, record in kept_runs(own / RUNS).items():
            target = runs / f"{name}.json"
            if not target.exists():
                write_atomic(target, json.dumps(record))


def keep(entries: Sequence[BenchEntry], folder: Path, kept: Path = KEPT) -> None:
    """Keep the scenarios' plans and tools' programs, and the runs of what is kept.

    Plans that are still being made have none of it kept; runs of plans that have been
    made anew since are left out.
    """
    found = _runs_by_scenario(folder / "runs")
    for entry in entries:
        own, shelf = kept / entry.name, _shelf(folder, entry)
        current = set()
        for made in sorted(shelf.glob("*")):
            files = [made / name for name in FILES]
            if made.name.startswith(TOOLS):
                files = [made / "variant.json", *sorted(made.glob("*.add.xml"))]
            elif not (made / PLANNING_FILE).exists():
                continue
            target = own / "variants" / made.name
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            for file in files:
                if file.exists():
                    shutil.copyfile(file, target / file.name)
            if (made / PLAN_PROGRAMS).exists():
                current.add(plans(PLAN, made / PLAN_PROGRAMS).fingerprint)
        runs = {
            name: record
            for name, record in found.get(entry.name, {}).items()
            if record["variant"] != PLAN or record["variant_fingerprint"] in current
        }
        lines = [json.dumps({"name": name, "record": runs[name]}) for name in sorted(runs)]
        own.mkdir(parents=True, exist_ok=True)
        write_atomic(own / RUNS, "\n".join(lines) + "\n")


def lay_ranking(folder: Path, kept: Path = KEPT) -> None:
    """Put what is kept of the ranking bench where it finds it; what lies there stays."""
    for file in sorted((kept / RANKING).glob("*.json")):
        if not (folder / file.name).exists():
            shutil.copyfile(file, folder / file.name)


def keep_ranking(files: Sequence[Path], kept: Path = KEPT) -> None:
    """Keep files of the ranking bench: the plans that were drawn, and SUMO's runs of them."""
    (kept / RANKING).mkdir(parents=True, exist_ok=True)
    for file in files:
        shutil.copyfile(file, kept / RANKING / file.name)


def kept_runs(path: Path) -> dict[str, Any]:
    """Records by the name a bench finds them by; none where nothing is kept."""
    if not path.exists():
        return {}
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return {line["name"]: line["record"] for line in lines}


def _shelf(folder: Path, entry: BenchEntry) -> Path:
    scenario = with_manifest(open_scenario(entry.configuration), entry.manifest).scenario
    assert scenario is not None
    return shelf_of(folder, scenario)


def _runs_by_scenario(folder: Path) -> dict[str, dict[str, Any]]:
    """Records by scenario and name; where files lay on this machine says nothing elsewhere."""
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(folder.glob("*.json")):
        record = json.loads(file.read_text(encoding="utf-8"))
        if "inputs" in record:
            record["inputs"] = {Path(name).name: sha for name, sha in record["inputs"].items()}
        found.setdefault(record["scenario"], {})[file.stem] = record
    return found
