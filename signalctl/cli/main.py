"""The one door through which every command enters and every error leaves.

Exit codes: 0 done; 1 falls short (a finding, no solution); 2 bad input; 3 an
outside fault (simulator, bug); 130 interrupted.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from signalctl.cli import (
    approve,
    audit,
    bench,
    calibrate,
    certify,
    demand,
    demo,
    device,
    diagram,
    emulate,
    export,
    greenwave,
    inspect,
    networks,
    optimise,
    push,
    serve,
    simulate,
    tune,
    twin,
    user,
    validate,
)
from signalctl.cli.app import app
from signalctl.cli.console import complain, remark
from signalctl.domain.errors import InputError, SignalctlError

INTERRUPTED = 130
"""Exit code after Ctrl-C, as shells have it."""
VERBS = (
    networks,
    inspect,
    demand,
    calibrate,
    greenwave,
    optimise,
    tune,
    validate,
    simulate,
    diagram,
    export,
    certify,
    approve,
    emulate,
    device,
    push,
    bench,
    demo,
    twin,
    serve,
    user,
    audit,
)
"""Importing a verb's module registers it on the command tree."""


def run(arguments: Sequence[str]) -> int:
    """Run one command; the exit code. No exception for a user's mistake leaves here."""
    as_json = "--json" in arguments
    try:
        code = app(args=list(arguments), prog_name="signalctl", standalone_mode=False)
    except SignalctlError as error:
        complain(error, as_json=as_json)
        return error.exit_code
    except TyperException as error:
        message = error.format_message() if hasattr(error, "format_message") else str(error)
        if message.startswith("Usage:"):
            # No verb at all: the help text is the answer.
            remark(message)
            return 2
        remedy = "signalctl --help and signalctl VERB --help show what there is."
        complain(InputError(message.rstrip(".") + ".", remedy=remedy), as_json=as_json)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        code = INTERRUPTED
    except BrokenPipeError:
        # The reader of our output left, such as `head`; that is no fault of ours.
        sys.stderr.close()
        return 0
    if code == INTERRUPTED:
        remark("signalctl: interrupted; nothing half-written was left behind.")
    return code if isinstance(code, int) else 0


def main() -> None:
    """Entry point of the `signalctl` command."""
    sys.exit(run(sys.argv[1:]))
