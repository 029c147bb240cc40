"""What moves lamps: online strategies and field devices."""
