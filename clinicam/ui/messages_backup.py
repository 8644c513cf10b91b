# SPDX-License-Identifier: GPL-3.0-or-later
"""Why a backup cannot be made or used, by the word of `errors.BackupRefused`: what happened, then what to do."""

from __future__ import annotations

from typing import Final

_NAME_ANOTHER = "Name a folder on a server or a NAS that only the practice can reach."
_STANDS = "The backup before it stands."

BACKUP_REASONS: Final[dict[str, tuple[str, str]]] = {
    "removable": ("A backup must not lie on a disk that can be taken out.", _NAME_ANOTHER),
    "usb": ("A backup must not lie on a disk on a USB cable.", _NAME_ANOTHER),
    "sd-card": ("A backup must not lie on a memory card.", _NAME_ANOTHER),
    "fuse": ("That folder is lent by a program nobody here knows.", _NAME_ANOTHER),
    "synced": ("That folder is copied to the internet.", _NAME_ANOTHER),
    "tmpfs": ("That folder is emptied when the computer is switched off.", _NAME_ANOTHER),
    "filesystem": ("That disk's format cannot keep a backup safe.", _NAME_ANOTHER),
    "unknown": ("CliniCam cannot tell what kind of disk that is.", _NAME_ANOTHER),
    "inside": ("A backup must not lie inside the vault or around it.", _NAME_ANOTHER),
    "foreign": (
        "That folder holds something else, or another vault's backups.",
        "Name an empty folder, or the one this vault was backed up to before.",
    ),
    "newer": (
        "A later CliniCam has written to that folder.",
        "Bring CliniCam on this computer up to date, then try again.",
    ),
    "gone": (
        "The folder for backups is not there.",
        f"Connect the server or NAS it lies on, then try again. {_STANDS}",
    ),
    "busy": (
        "A backup or a trial restore is using that folder.",
        "Wait until it is over, then try again.",
    ),
    "changing": (
        "Pictures were moved or erased again and again while the backup was made.",
        f"Try again when that is over. {_STANDS}",
    ),
    "full": ("There is no room left where the backups lie.", f"Make room there, then try again. {_STANDS}"),
    "denied": (
        "The folder for backups cannot be written to.",
        f"Ask IT to let this computer write there. {_STANDS}",
    ),
    "failed": (
        "The folder for backups did not keep what it was given.",
        f"Try again. If it stays so, ask IT to look at that disk. {_STANDS}",
    ),
}
"""Word to (what happened, what to do). Marked for translation by the context ``messages``."""
