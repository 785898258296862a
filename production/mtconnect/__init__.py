"""MTConnect: what adapters (SHDR) and agents (XML) say, and what of it becomes signals. Pure."""
