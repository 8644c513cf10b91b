# SPDX-License-Identifier: GPL-3.0-or-later
"""A start that cannot be has a window that says why."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from clinicam.errors import AlreadyRunning, Corrupt, SettingsError, VaultMissing
from clinicam.ui.cannot_start import CannotStart
from clinicam.ui.messages import message_for
from clinicam.ui.theme import Theme


@pytest.mark.parametrize("error", [Corrupt("keyring"), SettingsError("x"), AlreadyRunning("1"), VaultMissing("x")])
def test_it_says_what_and_what_to_do_and_closes_by_key(qtbot: QtBot, theme: Theme, error: Exception) -> None:
    message = message_for(error)
    window = CannotStart(theme, message)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    assert message.sentence in window.accessibleName()
    assert message.next_step in window.accessibleName()
    close = window.findChild(QAbstractButton, "cannot_start.close")
    assert close is not None
    assert close.height() >= 44
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert not window.isVisible()
