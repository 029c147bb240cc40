"""Opening the devices that a devices file names."""
