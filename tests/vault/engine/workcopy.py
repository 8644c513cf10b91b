# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault put back to how it was, in place; and the sudden end of a program."""

from __future__ import annotations

import shutil
from pathlib import Path

from clinicam.vault.vault import Vault


class Killed(BaseException):
    """The program ends here: nothing may catch it."""


def drop(vault: Vault) -> None:
    """What is left when a process is gone: no lock held, no thread running, nothing written."""
    if vault._open is not None:
        vault._open.inside.storer.close()
    vault._files.ledger.close()
    vault._lock.release()


def put_back_start(source: Path, target: Path) -> None:
    """Make `target` hold what `source` holds. In place: another directory would be a copied vault."""
    if not target.exists():
        shutil.copytree(source, target)
        return
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file() and not (source / path.relative_to(target)).exists():
            path.unlink()
    for path in source.rglob("*"):
        if path.is_file():
            (target / path.relative_to(source)).write_bytes(path.read_bytes())
