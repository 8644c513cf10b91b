# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of a start that cannot be: whoever clicked an icon never sees standard error."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from clinicam.ui.kit import Button, Column, FocusRing, Icon, Row, TextLabel
from clinicam.ui.messages import Message
from clinicam.ui.theme import Theme


class CannotStart(QWidget):
    """What stands in the way, what to do, and Close. Nothing was changed by trying."""

    def __init__(self, theme: Theme, message: Message) -> None:
        super().__init__()
        self.setObjectName("cannot_start")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setWindowTitle(self.tr("CliniCam"))
        page = Column(theme, self, margins=(40, 40, 40, 24), spacing=16)
        head = Row(theme, spacing=16)
        head.addWidget(Icon(theme, "octagon-alert", "stopped", 32), 0, Qt.AlignmentFlag.AlignTop)
        words = Column(theme, spacing=8)
        words.addWidget(TextLabel(theme, message.sentence, "title", wrap=True))
        words.addWidget(TextLabel(theme, message.next_step, "plainrow", "ink2", wrap=True))
        head.addLayout(words, 1)
        page.addLayout(head)
        page.addStretch(1)
        foot = Row(theme)
        foot.addStretch(1)
        close = Button(theme, self.tr("Close"), "primary", keycap="Esc", size="large")
        close.setObjectName("cannot_start.close")
        close.clicked.connect(self.close)
        foot.addWidget(close)
        page.addLayout(foot)
        leave = QShortcut(QKeySequence(Qt.Key.Key_Escape), self)
        leave.activated.connect(self.close)
        self.ring = FocusRing(theme, self)
        self.setAccessibleName(f"{message.sentence} {message.next_step}")
        self.resize(theme.px(640), theme.px(280))
        close.setFocus()
