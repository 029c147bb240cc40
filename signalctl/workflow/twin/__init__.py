"""The twin: SUMO whose lights are driven by controllers through their protocols."""
