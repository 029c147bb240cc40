"""Plans with less delay: the problem, the search, the race in SUMO, the report."""
