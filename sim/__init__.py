"""The judge: runs scenarios in SUMO and measures them."""
