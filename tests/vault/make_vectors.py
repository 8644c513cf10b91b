# SPDX-License-Identifier: GPL-3.0-or-later
"""Freeze a vector for every structure that has none: `python -m tests.vault.make_vectors`.

A vector that exists is never written again: format 1 stays what it was when it was first frozen.
"""

from __future__ import annotations

import sys

from tests.vault import world


def main() -> None:
    """Write what is missing and say what was written."""
    makers = {name: first for name, (first, _) in world.AROUND.items()} | world.REPRODUCIBLE
    for name, make in makers.items():
        path = world.VECTORS / f"{name}.hex"
        if not path.exists():
            text = make().hex()
            path.write_text("".join(f"{text[i : i + 120]}\n" for i in range(0, len(text), 120)))
            sys.stdout.write(f"frozen: {path.name}\n")


if __name__ == "__main__":
    main()
