"""Green waves: a corridor's junctions, cycle and bands."""
