"""Starts, watches and ends everything that makes up one machine's Floorlight."""
