"""Long work as jobs: each a process of its own, its state on disk."""
