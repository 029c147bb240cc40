"""Stages composed from the conflict matrix, under a permission for each turn."""
