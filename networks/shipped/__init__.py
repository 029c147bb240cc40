"""Benchmark networks built reproducibly from small sources."""
