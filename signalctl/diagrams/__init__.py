"""Pictures engineers read: time-space diagram and signal timing diagram."""
