"""Field devices: one interface, an adapter for each protocol, and emulated controllers."""
