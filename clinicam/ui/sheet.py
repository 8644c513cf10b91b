# SPDX-License-Identifier: GPL-3.0-or-later
"""A sheet: one question or form over a screen, with the screen dimmed behind it. No window of its own, so privacy and
lock cover it like everything else."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget
from shiboken6 import isValid

from clinicam.ui.kit import Button, Card, Column, Divider, Notice, ProgressLine, Row, Scroll, TextLabel, fix
from clinicam.ui.messages import Message
from clinicam.ui.theme import Theme

WIDTH = 640
_SCRIM = 120
"""Opacity of the dimming, of 255."""


class Sheet(QWidget):
    """Title, `body` (a Column to fill), a notice, a progress line, and a foot: `back` at the left, `primary` at the right.

    Tab stays inside. Esc and the left button close it, unless work is under way, which they cancel. It is deleted when
    it closes.

    Signals:
        confirmed(): the primary button.
        cancelled(): work under way is to stop.
        closed(): it is gone, however that came about.
    """

    confirmed = Signal()
    cancelled = Signal()
    closed = Signal()

    def __init__(
        self,
        theme: Theme,
        title: str,
        primary: str,
        *,
        support: str = "",
        danger: bool = False,
        width: float = WIDTH,
        parent: QWidget | None = None,
    ) -> None:
        """`danger`: the primary button is one that destroys, and does not get the focus by itself."""
        super().__init__(parent)
        self.theme = theme
        self.title = title
        self.setAccessibleName(title)
        self._working = False
        self._before: QWidget | None = None
        outer = Column(theme, self, (24, 24, 24, 24))
        outer.addStretch(1)
        middle = Row(theme)
        middle.addStretch(1)
        self.card = Card(theme, (0, 0, 0, 0), 0)
        self.card.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        fix(theme, self.card, max_width=width)
        middle.addWidget(self.card, 1000)
        middle.addStretch(1)
        outer.addLayout(middle)
        outer.addStretch(1)
        inner = QWidget()
        page = Column(theme, inner, (28, 24, 28, 20), 16)
        page.addWidget(TextLabel(theme, title, "name"))
        if support:
            page.addWidget(TextLabel(theme, support, "body", "ink2"))
        self.body = Column(theme, spacing=14)
        page.addLayout(self.body)
        page.addStretch(1)
        self._scroll = Scroll(theme, inner)
        self.card.body.addWidget(self._scroll, 1)
        below = Column(theme, margins=(28, 0, 28, 0), spacing=10)
        self.notice = Notice(theme)
        self.notice.hide()
        self.progress = ProgressLine(theme, "", cancel=False)
        self.progress.hide()
        below.addWidget(self.notice)
        below.addWidget(self.progress)
        self.card.body.addLayout(below)
        self.card.body.gap(12)
        self.card.body.addWidget(Divider(theme))
        foot = Row(theme, margins=(28, 14, 28, 16), spacing=12)
        self.back = Button(theme, QCoreApplication.translate("Sheet", "Cancel"), "secondary", keycap="Esc")
        self.back.setObjectName("sheet.back")
        self.back.clicked.connect(self.dismiss)
        foot.addWidget(self.back)
        foot.addStretch(1)
        self.primary = Button(theme, primary, "danger" if danger else "primary")
        self.primary.setObjectName("sheet.primary")
        self.primary.clicked.connect(self.confirmed)
        foot.addWidget(self.primary)
        self.card.body.addLayout(foot)
        theme.changed.connect(self.update)

    # showing

    def open_over(self, screen: QWidget, focus: QWidget | None = None) -> None:
        """Cover `screen` and take the focus: `focus`, or the first field."""
        self._before = QApplication.focusWidget()
        self.setParent(screen)
        screen.installEventFilter(self)
        self.setGeometry(screen.rect())
        self.show()
        self.raise_()
        self._fit()
        first = focus if focus is not None else self._first_field()
        first.setFocus(Qt.FocusReason.OtherFocusReason)

    def dismiss(self) -> None:
        """Close, or while work is under way ask it to stop."""
        if self._working:
            self.cancelled.emit()
        else:
            self.close_sheet()

    def close_sheet(self) -> None:
        """Close whatever is under way; empty what was typed."""
        screen = self.parentWidget()
        if screen is not None:
            screen.removeEventFilter(self)
        self.forget()
        self.hide()
        # What had the focus before may be gone with a sheet of its own.
        if self._before is not None and isValid(self._before) and self._before.isVisible():
            self._before.setFocus()
        self.closed.emit()
        self.deleteLater()

    def forget(self) -> None:
        """Empty fields that hold secrets; subclasses add theirs."""

    # while something is done

    def work(self, what: str, *, can_stop: bool = False) -> None:
        """Something is being done: buttons wait, the progress line says what. Esc asks to stop if that is possible."""
        self._working = True
        self.notice.hide()
        self.progress.start(what, cancel=False)
        self.progress.show()
        self.primary.setEnabled(False)
        self.back.setEnabled(can_stop)

    def idle(self) -> None:
        """It is done, or it failed."""
        self._working = False
        self.progress.hide()
        self.primary.setEnabled(True)
        self.back.setEnabled(True)

    def refused(self, message: Message) -> None:
        """Say what happened and what to do; the sheet stays with all that was typed."""
        self.idle()
        text = f"{message.next_step} ({message.code})" if message.code else message.next_step
        self.notice.show_notice(text, "attention", "", message.sentence)
        self.notice.show()
        self._fit()

    # inside

    def _first_field(self) -> QWidget:
        inside = [
            one
            for one in self._scroll.content.findChildren(QWidget)
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisibleTo(self) and one.isEnabled()
        ]
        if inside:
            return inside[0]
        return self.back if self.primary.kind == "danger" else self.primary

    def _fit(self) -> None:
        """As high as the words need, as far as there is room: the card is a scroll only when it must."""
        content = self._scroll.content
        width = min(self.width() - self.theme.px(48), self.card.maximumWidth())
        layout = content.layout()
        need = layout.heightForWidth(width) if layout is not None and layout.hasHeightForWidth() else 0
        need = max(need, content.sizeHint().height())
        others = self.card.sizeHint().height() - self._scroll.sizeHint().height()
        room = self.height() - self.theme.px(48) - others
        self._scroll.setFixedHeight(max(self.theme.px(120), min(need, room)))

    def focusNextPrevChild(self, forward: bool) -> bool:
        """Tab goes round inside the sheet."""
        now = QApplication.focusWidget()
        around = [
            one
            for one in self.findChildren(QWidget)
            if one.focusPolicy() & Qt.FocusPolicy.TabFocus and one.isVisibleTo(self) and one.isEnabled()
        ]
        if not around:
            return False
        chain: list[QWidget] = []
        walker = self.nextInFocusChain()
        while walker is not None and walker is not self and len(chain) <= len(around):
            if walker in around:
                chain.append(walker)
            walker = walker.nextInFocusChain()
        at = chain.index(now) if now in chain else -1 if forward else 0
        chain[(at + (1 if forward else -1)) % len(chain)].setFocus(
            Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.primary.isEnabled():
            if self.primary.kind != "danger":
                self.primary.click()
            return
        # Nothing typed here reaches the screen behind.
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
            self._fit()
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(QRectF(self.rect()), QColor(0, 0, 0, _SCRIM))
        painter.end()
