#!/usr/bin/env python
"""Django's command line for Arbion."""

import os
import sys


def main() -> None:
    """Run one management command; what the person at the keyboard can settle is said in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "arbion.settings")
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415  settings must be named first
    from django.core.management import execute_from_command_line  # noqa: PLC0415  as above
    from django.db import DatabaseError  # noqa: PLC0415  as above

    try:
        execute_from_command_line(sys.argv)
    except ImproperlyConfigured as fault:
        sys.exit(str(fault))
    except DatabaseError as error:
        from arbion.database_faults import sentence  # noqa: PLC0415  the apps stand by now

        said = sentence(error)
        if not said:
            raise
        sys.exit(said)


if __name__ == "__main__":
    main()
