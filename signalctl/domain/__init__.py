"""The language of signalctl: frozen types and pure functions, standard library only."""
