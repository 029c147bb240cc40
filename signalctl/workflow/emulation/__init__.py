"""Emulated controllers on the wire: one junction, or all that a devices file names."""
