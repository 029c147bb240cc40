"""One second at a time: moves, tests in SUMO, and what each second does."""
