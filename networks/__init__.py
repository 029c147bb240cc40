"""Roads: SUMO networks in, junctions, programs and corridors out."""
