"""A lane-queue simulation of a network, fast enough to search with."""
