# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m clinicam` and the console script. The window opens without the command line's library, which costs 130 ms."""

from __future__ import annotations

import sys

from clinicam.hardening import harden_process


def main() -> None:
    """Harden, then the window if nothing else is asked for, else the command line."""
    harden_process()
    words = sys.argv[1:]
    if not words or (len(words) == 2 and words[0] == "--camera"):
        from clinicam.app import run_window

        sys.exit(run_window(camera=words[1] if words else ""))
    from clinicam.cli import main as command

    command()


if __name__ == "__main__":
    main()
