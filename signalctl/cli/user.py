"""signalctl user: who may use the service; makes the first admin."""

from __future__ import annotations

import getpass
import re
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from signalctl.cli.app import app
from signalctl.cli.console import say, table

if TYPE_CHECKING:
    from signalctl.store.users import Role

commands = typer.Typer(help="Who may use the service.", no_args_is_help=True)
app.add_typer(commands, name="user")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
DatabaseUrl = Annotated[
    str | None,
    typer.Option(help="URL of the database; default: $SIGNALCTL_DATABASE_URL, else SQLite"),
]


@commands.command()
def add(
    name: str,
    role: Annotated[
        list[str], typer.Option(help="viewer, engineer, approver, operator or admin; repeatable")
    ],
    database: DatabaseUrl = None,
) -> int:
    """Add a user; the password is asked for, or the first line of standard input."""
    from datetime import UTC, datetime

    from signalctl.domain.errors import InputError
    from signalctl.store.database import Database
    from signalctl.store.users import User, Users
    from signalctl.workflow.service.credentials import Hasher, check_password

    if _NAME.fullmatch(name) is None:
        raise InputError(
            f"{name!r} is no user name.", remedy="Use letters, digits and . _ @ -, at most 64."
        )
    roles = _roles(role)
    password = _password()
    check_password(password, name)
    with Database(database) as opened:
        Users(opened).add(
            User(
                name=name,
                roles=roles,
                active=True,
                created_at=datetime.now(UTC),
                password=Hasher().hash(password),
            ),
            actor="command line",
        )
        say(f"{name} may log in as {', '.join(sorted(roles))} ({opened.shown}).")
    return 0


@commands.command("list")
def list_users(database: DatabaseUrl = None) -> int:
    """List the users."""
    from signalctl.store.database import Database
    from signalctl.store.users import Users

    with Database(database) as opened:
        table(
            ("name", "roles", "active", "since"),
            [
                (
                    user.name,
                    ", ".join(sorted(user.roles)),
                    "yes" if user.active else "no",
                    user.created_at.date(),
                )
                for user in Users(opened).page(limit=10_000)
            ],
        )
    return 0


def _roles(names: list[str]) -> frozenset[Role]:
    from signalctl.domain.errors import InputError
    from signalctl.store.users import Role

    unknown = sorted(set(names) - set(Role))
    if unknown:
        raise InputError(
            f"There is no role {unknown[0]!r}.", remedy=f"Roles are {', '.join(Role)}."
        )
    return frozenset(Role(name) for name in names)


def _password() -> str:
    from signalctl.domain.errors import InputError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Once more: ") != password:
        raise InputError("The two passwords differ.", remedy="Type the same one twice.")
    return password
