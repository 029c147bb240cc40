"""Plans against each other in SUMO, on common seeds, and confirmed on fresh ones."""
