"""Issues and causes over HTTP."""
