# SPDX-License-Identifier: GPL-3.0-or-later
"""One half of a comparison: the picture, and the line above it that says when."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from clinicam.ui.image_stage import ImageStage
from clinicam.ui.kit import Column, TextLabel
from clinicam.ui.messages import message_for
from clinicam.ui.picture import Picture
from clinicam.ui.picture_source import Opening, PictureSource
from clinicam.ui.strip_tool import StripBar
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED
from clinicam.ui.viewpoint import Viewpoint
from clinicam.ui.words import day_of, shown_date, today
from clinicam.vault.model import ImageEntry


class ComparePane(QWidget):
    """Pane `letter`. Opens its own picture through the source, which records that it is looked at.

    Signals:
        arrived(): another picture lies on the stage.
    """

    arrived = Signal()

    def __init__(
        self, theme: Theme, letter: str, source: PictureSource, viewpoint: Viewpoint, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self.letter = letter
        self.entry: ImageEntry | None = None
        self._source = source
        self._opening: Opening | None = None
        self._support = ""
        self._hint = ""
        self.stage = ImageStage(viewpoint)
        self.stage.setObjectName(f"compare.stage_{letter.lower()}")
        # Laid out by the screen in one row with the other pane's, so that both pictures begin at the same height.
        self.head = head = StripBar(theme, 44)
        head.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._day = TextLabel(theme, "", "section", FIXED.on_strip, wrap=False)
        self._when = TextLabel(theme, "", "body", FIXED.on_strip2, align=Qt.AlignmentFlag.AlignVCenter)
        head.row.addWidget(self._day)
        head.row.addWidget(self._when, 1)
        column = Column(theme, self)
        column.addWidget(self.stage, 1)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)

    def minimumSizeHint(self) -> QSize:
        return QSize(self._theme.px(200), self._theme.px(220))

    def show_entry(self, entry: ImageEntry, name: str, other: ImageEntry | None) -> None:
        """Open `entry` here; `other` lies on the other pane and gives the distance in time."""
        if self._opening is not None:
            self._opening.cancel()
        self.entry = entry
        self.tell(name, other)
        self.stage.show_picture(None, self.tr("Opening the picture"))
        self._opening = self._source.open(entry, self._shown, self._failed)

    def tell(self, name: str, other: ImageEntry | None) -> None:
        """Say the day of the picture, and how far it is from the other one."""
        if self.entry is None:
            return
        day = day_of(self.entry.captured_ms)
        self._day.setText(shown_date(day))
        self._support = f"{self.letter}, {self._distance(other)}"
        self._refresh()
        self.stage.setAccessibleName(f"{self.letter}: {name}, {shown_date(day)}")

    def _distance(self, other: ImageEntry | None) -> str:
        if self.entry is None:
            return ""
        day = day_of(self.entry.captured_ms)
        if day == today():
            return self.tr("today")
        if other is None:
            return ""
        days = (day_of(other.captured_ms) - day).days
        if days == 0:
            return self.tr("the same day")
        if days == 1:
            return self.tr("1 day earlier")
        if days == -1:
            return self.tr("1 day later")
        if days > 0:
            return self.tr("{days} days earlier").format(days=days)
        return self.tr("{days} days later").format(days=-days)

    def set_hint(self, text: str) -> None:
        """A word on what can be done, behind the date."""
        self._hint = text
        self._refresh()

    def clear(self) -> None:
        """Drop the picture."""
        if self._opening is not None:
            self._opening.cancel()
        self.entry = None
        self.stage.show_picture(None)
        self.stage.show_over(None)

    def _refresh(self) -> None:
        self._when.setText("  ·  ".join(part for part in (self._support, self._hint) if part))

    def _shown(self, picture: Picture) -> None:
        self.stage.show_picture(picture)
        self.arrived.emit()

    def _failed(self, problem: BaseException) -> None:
        message = message_for(problem)
        self.stage.show_picture(None, f"{message.sentence}\n{message.next_step}")
        self.arrived.emit()
