# SPDX-License-Identifier: GPL-3.0-or-later
"""Repaints leave the reference count of None alone: PySide6 6.12.0 drops one each time and aborts."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QListView
from pytestqt.qtbot import QtBot

from clinicam.ui.icons import icon, pixmap
from clinicam.ui.kit import Column, IdentityBanner, ShotBadge
from clinicam.ui.patient_rows import PatientDelegate, PatientModel, PatientRow
from clinicam.ui.theme import Theme
from clinicam.ui.unlock_panel import UnlockPanel
from clinicam.ui.unlock_staff import StaffList
from clinicam.vault.model import Login
from tests.ui.fakes import JO
from tests.ui.kit.test_controls import ELEANOR


def test_none_is_steady_over_200_repaints(qtbot: QtBot, theme: Theme) -> None:
    panel = UnlockPanel(theme, "Surgery 2", "training vault")
    qtbot.addWidget(panel)
    banner = IdentityBanner(theme)
    qtbot.addWidget(banner)
    banner.show_patient(ELEANOR, "", "Care: yes", "safe")
    view = QListView()
    qtbot.addWidget(view)
    model = PatientModel(view)
    model.show_rows([PatientRow(ELEANOR, "Born 14-Mar-1987", "never photographed")] * 8, "mar")
    view.setModel(model)
    view.setItemDelegate(PatientDelegate(theme, view))
    people = StaffList(theme)
    qtbot.addWidget(people)
    people.show_logins([Login(JO, "Jo Pryce · Dental nurse")])
    badge = ShotBadge(theme, "safe")
    qtbot.addWidget(badge)
    widgets = (panel, banner, view, people, badge)
    for widget in widgets:
        widget.resize(560, 480)
        widget.grab()
    before = sys.getrefcount(None)
    for _ in range(200):
        for widget in widgets:
            widget.grab()
        icon("camera", "#0A5A70", 20)
    assert abs(sys.getrefcount(None) - before) < 40


def test_an_icon_is_inked_in_its_colour(theme: Theme) -> None:
    image = pixmap("check", "#A82A0C", 48).toImage()
    inks = {
        image.pixelColor(x, y).name() for x in range(48) for y in range(48) if image.pixelColor(x, y).alpha() == 255
    }
    assert inks == {"#a82a0c"}
    assert Column(theme).spacing() == 0
