# SPDX-License-Identifier: GPL-3.0-or-later
"""What is said beside a field for a new password."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QCoreApplication

from clinicam.errors import PasswordRefused
from clinicam.ui.messages import password_reason
from clinicam.vault.passwords import SHORTEST, check_password


def password_hint() -> str:
    """What makes a good one."""
    words = QCoreApplication.translate(
        "password", "At least {count} characters. Four words you can picture are better than signs."
    )
    return words.format(count=SHORTEST)


def password_fault(password: str, *, known: Iterable[str]) -> str:
    """A sentence for what is wrong with a new password, empty if nothing is. `known`: words it must not be made of."""
    try:
        check_password(password, known=known)
    except PasswordRefused as refused:
        return password_reason(refused.reason)
    return ""
