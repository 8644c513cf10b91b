# SPDX-License-Identifier: GPL-3.0-or-later
"""A text that names nobody, written where a person chooses: an erasure's certificate. Never into the vault, never over a file."""

from __future__ import annotations

from pathlib import Path

from clinicam.errors import ExtractRefused
from clinicam.vault.stores.calls import REAL, Calls, translated, write_whole


def keep_text(path: Path, text: str, *, vault: Path, calls: Calls = REAL) -> None:
    """Write `text` as UTF-8; durable when this returns.

    Args:
        path: absolute, in a folder that is there.
        vault: where the vault lies.

    Raises:
        ExtractRefused: ``inside`` the vault, ``exists``, or ``missing``: no such folder.
        DiskFull, WriteFailed: nothing was written.
    """
    if not path.is_absolute() or not path.parent.is_dir():
        raise ExtractRefused("missing")
    if path.parent.resolve().is_relative_to(vault.resolve()):
        raise ExtractRefused("inside")
    if path.exists():
        raise ExtractRefused("exists")
    with translated("certificate"):
        write_whole(calls, path.parent, path.name, text.encode())
