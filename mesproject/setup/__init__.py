"""The first afternoon: from an empty database to a machine that is seen, step by step."""
