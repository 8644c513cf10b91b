# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m clinicam` is the command `clinicam`."""

from clinicam.cli import main

if __name__ == "__main__":
    main()
