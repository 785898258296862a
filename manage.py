#!/usr/bin/env python
"""Floorlight's command line."""

import os
import sys


def main() -> None:
    """Run one management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mesproject.settings")
    from django.core.management import execute_from_command_line

    from mesproject.supervisor.environment import complete

    complete(command=sys.argv[1] if len(sys.argv) > 1 else "help")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
