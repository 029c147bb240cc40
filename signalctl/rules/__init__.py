"""Safety: every rule with an id, a source and the profiles that use it."""
