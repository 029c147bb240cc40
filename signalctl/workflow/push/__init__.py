"""The push: plans to devices as a journalled transaction, and back."""
