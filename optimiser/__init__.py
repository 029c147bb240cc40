"""Plans from demand: bands and splits. Pure: no simulator, no files."""
