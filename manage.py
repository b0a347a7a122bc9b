#!/usr/bin/env python
"""Run a command of casedesk; where no database or Redis is named, the embedded servers are attached to or started."""

import os
import sys

from django.core.management import execute_from_command_line

from config import embedded

WITHOUT_SERVERS = {
    "help", "version", "embedded", "demo", "makemessages", "compilemessages", "collectstatic", "verify_package",
}  # fmt: skip


def main() -> None:
    """Run the command on the command line."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = next((word for word in sys.argv[1:] if not word.startswith("-")), "help")
    asks_for_help = any(word in ("--help", "-h", "--version") for word in sys.argv[1:])
    if embedded.needed() and command not in WITHOUT_SERVERS and not asks_for_help:
        try:
            started = embedded.start(embedded.var_folder(), say=embedded.say_on_stderr)
        except embedded.EmbeddedFailure as failure:
            sys.exit(f"casedesk: {failure}")
        if started:
            embedded.say_on_stderr("casedesk: embedded servers started; `manage.py embedded stop` ends them")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
