"""Search for plans on the queue model: cycle, stages, splits and offsets."""
