"""A roadside controller that runs plans in time, behind whichever protocol."""
