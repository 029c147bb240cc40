"""Use-cases: what needs more than one room."""
