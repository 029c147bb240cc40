"""What the service does, behind whatever door: networks, plans, diagrams, moves, the street."""
