"""Plan files as JSON documents: what comes and goes over the wire instead of a file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from signalctl.domain.errors import InputError
from signalctl.files.plan_file import PlanSet, plan_set_of
from signalctl.files.plan_schema import PlanFileModel


def plan_set_from_json(document: Mapping[str, Any]) -> PlanSet:
    """The plans of a JSON document with `schema: signalctl/plan/1`.

    Raises InputError, naming the field, for anything else.
    """
    try:
        model = PlanFileModel.model_validate_json(json.dumps(document))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        more = error.error_count() - 1
        raise InputError(
            f"{first['msg']}." + (f" ({more} more like this)" if more else ""),
            where="document." + ".".join(str(part) for part in first["loc"]),
            remedy="See docs/plan-file.md for the fields.",
        ) from error
    return plan_set_of(model, lambda number: f"document.plans.{number}")
