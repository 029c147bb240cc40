"""Strategies that react to traffic: observation in, request out, each second."""
