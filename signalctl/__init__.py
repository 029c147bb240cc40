"""signalctl: from a road network to a proven signal timing plan."""

__version__ = "0.1.0"
