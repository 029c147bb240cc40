"""Emulated controllers on the wire: one junction, or all that a devices file names."""

from signalctl.workflow.emulation.street import Street

__all__ = ["Street"]
