"""Benches: python -m bench runs them all."""
