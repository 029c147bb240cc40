"""Opening the devices that a devices file names."""

from signalctl.workflow.devices.credentials import credentials_of
from signalctl.workflow.devices.opening import open_devices, spare_slots
from signalctl.workflow.devices.sites import commissionings, open_network

__all__ = ["commissionings", "credentials_of", "open_devices", "open_network", "spare_slots"]
