"""The one table of who may do what: method and path -> roles. What is not here is refused.

The service does not start with a route that the table does not know, nor with a line
in it that no route answers.
"""

from __future__ import annotations

from typing import Final

from signalctl.store.users import Role

ANYONE: Final[frozenset[Role]] = frozenset(Role)
"""Everybody who has logged in with any role may look."""
ENGINEER: Final = frozenset({Role.ENGINEER})
APPROVER: Final = frozenset({Role.APPROVER})
OPERATOR: Final = frozenset({Role.OPERATOR})
ADMIN: Final = frozenset({Role.ADMIN})
PUBLIC: Final[None] = None
"""No login needed."""

V1: Final = "/api/v1"

ACCESS: Final[dict[tuple[str, str], frozenset[Role] | None]] = {
    ("GET", "/health"): PUBLIC,
    ("GET", "/ready"): PUBLIC,
    ("GET", "/metrics"): ANYONE,
    ("GET", f"{V1}/openapi.json"): PUBLIC,
    ("POST", f"{V1}/sessions"): PUBLIC,
    ("GET", f"{V1}/sessions/current"): ANYONE,
    ("POST", f"{V1}/sessions/current/renew"): ANYONE,
    ("DELETE", f"{V1}/sessions/current"): ANYONE,
    ("GET", f"{V1}/account/sessions"): ANYONE,
    ("DELETE", f"{V1}/account/sessions"): ANYONE,
    ("DELETE", f"{V1}/account/sessions/{{session_id}}"): ANYONE,
    ("POST", f"{V1}/account/password"): ANYONE,
    ("GET", f"{V1}/networks"): ANYONE,
    ("GET", f"{V1}/networks/{{network_id}}"): ANYONE,
    ("GET", f"{V1}/networks/{{network_id}}/corridor"): ANYONE,
    ("GET", f"{V1}/plans"): ANYONE,
    ("POST", f"{V1}/plans"): ENGINEER,
    ("GET", f"{V1}/plans/{{plan_id}}"): ANYONE,
    ("PUT", f"{V1}/plans/{{plan_id}}"): ENGINEER,
    ("GET", f"{V1}/plans/{{plan_id}}/versions"): ANYONE,
    ("GET", f"{V1}/plans/{{plan_id}}/versions/{{version}}"): ANYONE,
    ("GET", f"{V1}/plans/{{plan_id}}/file"): ANYONE,
    ("GET", f"{V1}/plans/{{plan_id}}/certificates"): ANYONE,
    ("POST", f"{V1}/plans/files"): ENGINEER,
    ("POST", f"{V1}/plans/{{plan_id}}/withdraw"): ENGINEER,
    ("GET", f"{V1}/plans/{{plan_id}}/diff"): ANYONE,
    ("GET", f"{V1}/plans/{{plan_id}}/diagram"): ANYONE,
    ("GET", f"{V1}/plans/{{plan_id}}/moves"): ANYONE,
    ("POST", f"{V1}/plans/{{plan_id}}/submit"): ENGINEER,
    ("POST", f"{V1}/plans/{{plan_id}}/approve"): APPROVER,
    ("POST", f"{V1}/plans/{{plan_id}}/reject"): APPROVER,
    ("POST", f"{V1}/drafts/diagram"): ENGINEER,
    ("POST", f"{V1}/drafts/moves"): ENGINEER,
    ("GET", f"{V1}/jobs"): ANYONE,
    ("POST", f"{V1}/jobs"): ENGINEER,
    ("GET", f"{V1}/jobs/{{job_id}}"): ANYONE,
    ("GET", f"{V1}/jobs/{{job_id}}/report"): ANYONE,
    ("POST", f"{V1}/jobs/{{job_id}}/cancel"): ENGINEER,
    ("GET", f"{V1}/devices"): ANYONE,
    ("GET", f"{V1}/pushes"): ANYONE,
    ("POST", f"{V1}/pushes"): OPERATOR,
    ("GET", f"{V1}/pushes/{{push_id}}"): ANYONE,
    ("POST", f"{V1}/pushes/{{push_id}}/rollback"): OPERATOR,
    ("GET", f"{V1}/alarms"): ANYONE,
    ("POST", f"{V1}/alarms/{{alarm_id}}/acknowledge"): OPERATOR,
    ("GET", f"{V1}/audit"): ANYONE,
    ("GET", f"{V1}/audit/verify"): ANYONE,
    ("GET", f"{V1}/users"): ADMIN,
    ("POST", f"{V1}/users"): ADMIN,
    ("PATCH", f"{V1}/users/{{name}}"): ADMIN,
    ("GET", f"{V1}/users/{{name}}/keys"): ADMIN,
    ("POST", f"{V1}/users/{{name}}/keys"): ADMIN,
    ("DELETE", f"{V1}/users/{{name}}/keys/{{key_id}}"): ADMIN,
    ("DELETE", f"{V1}/users/{{name}}/sessions"): ADMIN,
    ("GET", f"{V1}/lockouts"): ADMIN,
    ("DELETE", f"{V1}/lockouts"): ADMIN,
    ("GET", f"{V1}/events"): ANYONE,
}
