"""The supervisor's desk: what happened, how much of it, and what it cost, as charts with their tables."""
