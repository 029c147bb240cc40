"""Files people own: plans and scenarios in YAML, written whole or not at all."""
