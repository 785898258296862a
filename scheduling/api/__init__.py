"""Planned time over HTTP, in the words that clients of MachineMetrics and Busroot know."""
