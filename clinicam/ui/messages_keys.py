# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a PIN or with this computer's key store, by the one word the error brings."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication

from clinicam.errors import KeyStoreRefused, PinRefused

PIN_REASONS: dict[str, tuple[str, str]] = {
    "short": ("A PIN has 6 to 12 digits.", "Type digits only."),
    "simple": ("That PIN is too easy to guess.", "Avoid runs and repeated digits, such as 123456 or 121212."),
    "wrong": ("That is not the PIN.", "Tries left before it is dropped: {left}."),
    "gone": ("Your PIN no longer counts.", "Unlock with your password; then you can set a new one."),
    "unsupported": ("This computer cannot keep a PIN safely.", "Unlock with your password."),
}
STORE_REASONS: dict[str, tuple[str, str]] = {
    "none": (
        "This computer has no key store that CliniCam may use.",
        "CliniCam works without the device key. IT can install one: GNOME Keyring or KWallet.",
    ),
    "locked": (
        "This computer's key store is locked.",
        "Unlock it, by signing in to this computer with its own password, then try again.",
    ),
    "slow": ("This computer's key store did not answer within 5 seconds.", "Try again. Then ask IT to look at it."),
    "missing": (
        "This computer has not been given the practice's device key.",
        "Type the 24 words a manager can show on another computer. The recovery kit opens without them.",
    ),
}
"""Others mean that the key store cannot be trusted; they share the row of the error."""


def _tr(text: str) -> str:
    return QCoreApplication.translate("messages", text)


def key_words(problem: PinRefused | KeyStoreRefused) -> tuple[str, str] | None:
    """Sentence and next step; None where the row of the error says it all."""
    if isinstance(problem, PinRefused):
        found = PIN_REASONS.get(problem.reason)
        return (_tr(found[0]), _tr(found[1]).format(left=problem.left)) if found else None
    found = STORE_REASONS.get(problem.reason)
    return (_tr(found[0]), _tr(found[1])) if found else None
