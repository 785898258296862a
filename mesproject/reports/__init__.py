"""What all parts together say: the numbers that every screen shows."""
