"""Peers and plans on every scenario, on the same seeds; regressions stopped."""
