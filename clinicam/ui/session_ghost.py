# SPDX-License-Identifier: GPL-3.0-or-later
"""The controls of the ghost: off, outline or picture, how strong, and on a large screen the earlier picture itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPainterPath, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QSlider, QWidget

from clinicam.ui.kit.keycap import KeyCap
from clinicam.ui.kit.layout import Column, Row, fix
from clinicam.ui.kit.segmented import SegmentedChoice
from clinicam.ui.kit.text import TextLabel
from clinicam.ui.live_ghost import Ghost, GhostMode
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED, RADIUS_IMAGE
from clinicam.ui.words import day_of, shown_date

_STEPS = {
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
}


class StrengthSlider(QSlider):
    """0 to 100 in steps of 5. While it has the focus the arrows are its own, not the session's.

    Signals:
        valueChanged(int): percent, from QSlider.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self.setRange(0, 100)
        self.setSingleStep(5)
        self.setPageStep(20)
        self.setValue(40)
        self.setObjectName("session.strength")
        self.setAccessibleName(self.tr("Strength of the ghost, percent"))

    def event(self, event: QEvent) -> bool:
        """Claims its keys before a shortcut can."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() in _STEPS
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
        ):
            event.accept()
            return True
        return super().event(event)


class EarlierPicture(QWidget):
    """The earlier picture of this view, 3:2, painted small.

    Signals:
        none
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._ghost: Ghost | None = None
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(self.tr("The same view, earlier"))

    def hasHeightForWidth(self) -> bool:
        """As wide as the column, 3:2."""
        return True

    def heightForWidth(self, width: int) -> int:
        """3:2."""
        return round(width * 2 / 3)

    def sizeHint(self) -> QSize:
        """The column of a full HD window."""
        return QSize(self._theme.px(319), self._theme.px(213))

    def show_ghost(self, ghost: Ghost | None) -> None:
        """Show another picture, or none."""
        self._ghost = ghost
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The whole picture on neutral grey."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        radius = self._theme.px(RADIUS_IMAGE)
        outline.addRoundedRect(QRectF(self.rect()), radius, radius)
        painter.setClipPath(outline)
        painter.fillRect(self.rect(), QColor(FIXED.stage))
        if self._ghost is not None:
            picture = self._ghost.picture
            size = picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            target = QRectF((self.width() - size.width()) / 2, (self.height() - size.height()) / 2, 0, 0)
            target.setSize(size.toSizeF())
            painter.drawImage(target, picture)
        painter.end()


class GhostPanel(QWidget):
    """Holds how the ghost is shown; the stage paints it.

    Signals:
        changed(): mode or strength are different.
    """

    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._large = False
        self._has = False
        self.picture = EarlierPicture(theme)
        self._same = TextLabel(theme, "", "body", "ink2", wrap=False)
        self._flicker = QWidget()
        flicker = Row(theme, self._flicker, spacing=8)
        flicker.addWidget(TextLabel(theme, self.tr("Flicker"), "body", "ink2", wrap=False))
        flicker.addWidget(KeyCap(theme, "C", "ink2"))
        self._top = QWidget()
        top = Row(theme, self._top)
        top.addWidget(self._same)
        top.addStretch(1)
        top.addWidget(self._flicker)
        self._date = TextLabel(theme, "", "body", "ink2", wrap=False)
        head = Row(theme, spacing=8)
        head.addWidget(TextLabel(theme, self.tr("Ghost"), "row", wrap=False))
        head.addWidget(KeyCap(theme, "G", "ink2"))
        head.addStretch(1)
        head.addWidget(self._date)
        choices = [
            (GhostMode.OFF.value, self.tr("Off")),
            (GhostMode.OUTLINE.value, self.tr("Outline")),
            (GhostMode.PICTURE.value, self.tr("Picture")),
        ]
        self.modes = SegmentedChoice(theme, self.tr("Ghost"), choices, large=True)
        self.modes.choose(GhostMode.OUTLINE.value, quietly=True)
        self.modes.setObjectName("session.ghost")
        self.modes.chosen.connect(lambda _key: self.changed.emit())
        self.strength = StrengthSlider()
        self._percent = TextLabel(theme, "", "row", wrap=False, align=Qt.AlignmentFlag.AlignRight)
        fix(theme, self._percent, width=52)
        self._slide = QWidget()
        slide = Row(theme, self._slide, spacing=8)
        slide.addWidget(self.strength, 1)
        slide.addWidget(self._percent)
        fix(theme, self._slide, height=57)
        self.strength.valueChanged.connect(self._strength_changed)
        column = Column(theme, self)
        earlier = Column(theme, spacing=6)
        earlier.addWidget(self._top)
        earlier.addWidget(self.picture)
        column.addLayout(earlier)
        column.addLayout(head)
        column.gap(6)
        column.addWidget(self.modes)
        column.addWidget(self._slide)
        column.addStretch(1)
        self._strength_changed(self.strength.value())
        self.show_ghost(None)

    @property
    def mode(self) -> GhostMode:
        """How the earlier picture lies over the live one."""
        return GhostMode(self.modes.key)

    @property
    def share(self) -> float:
        """Strength from 0 to 1."""
        return self.strength.value() / 100

    def show_ghost(self, ghost: Ghost | None) -> None:
        """Show what there is of this view; without an earlier picture there is nothing to choose."""
        self._has = ghost is not None
        day = shown_date(day_of(ghost.taken_ms)) if ghost is not None else ""
        self._date.setText(day or self.tr("first time"))
        self._same.setText(self.tr("Same view, {date}").format(date=day))
        self.picture.show_ghost(ghost)
        self.modes.setVisible(self._has)
        self._slide.setVisible(self._has)
        self._arrange()

    def set_large(self, large: bool) -> None:
        """Whether there is room for the earlier picture itself."""
        self._large = large
        self._arrange()

    def next_mode(self) -> None:
        """Off, outline, picture, off..."""
        if self._has:
            order = list(GhostMode)
            self.modes.choose(order[(order.index(self.mode) + 1) % len(order)].value)

    def _arrange(self) -> None:
        self._top.setVisible(self._large and self._has)
        self.picture.setVisible(self._large and self._has)

    def _strength_changed(self, value: int) -> None:
        self._percent.setText(f"{value} %")
        self.changed.emit()
