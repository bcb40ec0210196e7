"""Where the command `connector` begins: Ctrl-C is answered also while all the rest is still being loaded."""

from __future__ import annotations

import sys

INTERRUPTED = 130


def main() -> None:
    """Run the command line; exit code 130 after Ctrl-C."""
    try:
        from connector.cli.main import main as run

        run()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
