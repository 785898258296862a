"""Starts, watches and ends everything that makes up one machine's Floorlight."""

from .machine import Machine, Options, run
from .steps import Steps

__all__ = ["Machine", "Options", "Steps", "run"]
