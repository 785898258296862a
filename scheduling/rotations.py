"""Rotations: teams that work a sequence of days and nights, each a part of the cycle later. Pure."""
