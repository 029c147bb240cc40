"""The one tree of errors.

Every error carries a stable `code`, one clear sentence, a `remedy` and `where`
(file, line or element id). The doors (command line, service) turn it into a
sentence and an exit code; nothing below them prints or exits.

    SignalctlError
    ├─ InputError          the user's file, option or id is wrong           exit 2
    ├─ SafetyViolation     a plan breaks a safety rule                      exit 1
    ├─ NotExpressible      a form cannot say what a program shows           exit 2
    ├─ SolveError          no plan satisfies what was asked                 exit 1
    ├─ SimulationError     SUMO failed or cannot be trusted                 exit 3
    └─ DeviceError         a field device or the way to it                  exit 3
       ├─ Unreachable      no answer in time
       ├─ Refused          the device said no
       ├─ Mismatch         the device holds something else than was written
       └─ NotInControl     somebody or something else is in control of it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from signalctl.domain.finding import Finding


class SignalctlError(Exception):
    """Anything signalctl refuses or fails to do, said in one sentence."""

    code: ClassVar[str] = "signalctl"
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, remedy: str = "", where: str = "") -> None:
        super().__init__(message, remedy, where)
        self.message = message
        self.remedy = remedy
        self.where = where

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process boundaries (one process per simulation run).
        return (_rebuild, (type(self), self.message, self.remedy, self.where))

    def __str__(self) -> str:
        sentence = f"{self.where}: {self.message}" if self.where else self.message
        return f"{sentence} {self.remedy}".strip() if self.remedy else sentence


def _rebuild(kind: type[SignalctlError], message: str, remedy: str, where: str) -> SignalctlError:
    return kind(message, remedy=remedy, where=where)


class InputError(SignalctlError):
    """A file, an option or an identifier given by the user is wrong."""

    code = "bad-input"
    exit_code = 2


class NotExpressible(SignalctlError):
    """A form (stages, ring-barrier, green windows) cannot express a program."""

    code = "not-expressible"
    exit_code = 2


class SafetyViolation(SignalctlError):
    """A plan breaks safety rules; `findings` says which, where and when."""

    code = "unsafe-plan"
    exit_code = 1

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        where: str = "",
        findings: tuple[Finding, ...] = (),
    ) -> None:
        super().__init__(message, remedy=remedy, where=where)
        self.findings = findings

    def __reduce__(self) -> tuple[object, ...]:
        return (
            _rebuild_violation,
            (type(self), self.message, self.remedy, self.where, self.findings),
        )


def _rebuild_violation(
    kind: type[SafetyViolation],
    message: str,
    remedy: str,
    where: str,
    findings: tuple[Finding, ...],
) -> SafetyViolation:
    return kind(message, remedy=remedy, where=where, findings=findings)


class SolveError(SignalctlError):
    """No plan satisfies what was asked; the message names what fights."""

    code = "no-solution"
    exit_code = 1


class SimulationError(SignalctlError):
    """The simulator is missing, failed, or its run cannot be trusted."""

    code = "simulation-failed"
    exit_code = 3


class DeviceError(SignalctlError):
    """A field device, or the way to it, failed; `where` names the device."""

    code = "device-failed"
    exit_code = 3


class Unreachable(DeviceError):
    """No answer came in time; what was asked may or may not have been done."""

    code = "device-unreachable"


class Refused(DeviceError):
    """The device answered that it will not do it; nothing was changed."""

    code = "device-refused"


class Mismatch(DeviceError):
    """What was read back differs from what was written, or is not what was expected."""

    code = "device-mismatch"


class NotInControl(DeviceError):
    """The device is flashing, in manual control, preempted or driven by somebody else."""

    code = "device-not-in-control"
