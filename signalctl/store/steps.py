"""Which steps of a device may follow which, and what the whole push may then be called.

    planned -> snapshot -> writing -> written -> activating -> running
                  each of them back by undoing -> undone, or into doubt

A step that names a deed (writing, activating, undoing) may be noted again: after a
loss the deed is tried anew. Doubt can be left once the device answers.
"""

from __future__ import annotations

from typing import Final

from signalctl.domain.frozen import FrozenMap
from signalctl.domain.push import Push, PushState, Step

_BACK: Final = frozenset({Step.UNDOING, Step.UNDONE, Step.IN_DOUBT})
NEXT: Final[FrozenMap[Step, frozenset[Step]]] = FrozenMap(
    {
        Step.PLANNED: frozenset({Step.SNAPSHOT}) | _BACK,
        # A slot that already holds the plan, value by value, is written.
        Step.SNAPSHOT: frozenset({Step.SNAPSHOT, Step.WRITING, Step.WRITTEN}) | _BACK,
        Step.WRITING: frozenset({Step.WRITING, Step.WRITTEN}) | _BACK,
        # Found changed by somebody else before it was activated: written again.
        Step.WRITTEN: frozenset({Step.WRITING, Step.ACTIVATING}) | _BACK,
        # Only a look after the undoing tells that the command does not come late.
        Step.ACTIVATING: frozenset(
            {Step.ACTIVATING, Step.RUNNING, Step.UNDOING, Step.IN_DOUBT},
        ),
        # Others of the corridor failed, or a rollback was asked for.
        Step.RUNNING: frozenset({Step.UNDOING, Step.IN_DOUBT}),
        Step.UNDOING: _BACK,
        # A late command was seen to take effect after all.
        Step.UNDONE: frozenset({Step.UNDOING, Step.IN_DOUBT}),
        Step.IN_DOUBT: frozenset({Step.WRITING, Step.WRITTEN, Step.ACTIVATING, Step.RUNNING})
        | _BACK,
    }
)
"""The steps that may follow each step."""

NEXT_STATE: Final[FrozenMap[PushState, frozenset[PushState]]] = FrozenMap(
    {
        PushState.OPEN: frozenset(PushState) - {PushState.OPEN},
        PushState.IN_DOUBT: frozenset(PushState) - {PushState.OPEN},
        PushState.DONE: frozenset({PushState.ROLLED_BACK, PushState.IN_DOUBT}),
        PushState.UNDONE: frozenset(),
        PushState.ROLLED_BACK: frozenset(),
    }
)
"""The states that a push in each state may be ended with."""

FITTING: Final[FrozenMap[PushState, frozenset[Step]]] = FrozenMap(
    {
        # A scheduled plan runs when its hour comes.
        PushState.DONE: frozenset({Step.WRITTEN, Step.ACTIVATING, Step.RUNNING}),
        PushState.UNDONE: frozenset({Step.PLANNED, Step.SNAPSHOT, Step.UNDONE}),
        PushState.ROLLED_BACK: frozenset({Step.PLANNED, Step.SNAPSHOT, Step.UNDONE}),
        PushState.IN_DOUBT: frozenset(Step),
        PushState.OPEN: frozenset(Step),
    }
)
"""Where every device must stand for a push to be called so."""

BETWEEN: Final = frozenset({Step.WRITING, Step.ACTIVATING, Step.UNDOING})
"""Steps of which nobody knows, before looking, what the device does."""


def check_step(device_id: str, old: Step, new: Step) -> None:
    """Raise ValueError unless `new` may follow `old`: whoever notes it has a bug."""
    if new not in NEXT[old]:
        raise ValueError(f"device {device_id}: {new} cannot follow {old}")


def check_end(push: Push, state: PushState) -> None:
    """Raise ValueError unless the push may be ended with this state."""
    if state not in NEXT_STATE[push.state]:
        raise ValueError(f"push {push.id}: {state} cannot follow {push.state}")
    for device in push.devices:
        if device.step not in FITTING[state]:
            raise ValueError(
                f"push {push.id} cannot be called {state}: device {device.device_id} is "
                f"{device.step}"
            )
