# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a patient's screen: items of information that know whether they were seen, and Yes and No as equals."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from clinicam.consent.model import ConsentAnswer, ItemShown
from clinicam.consent.wording import ShownForm
from clinicam.ui.kit import Column, Icon, RadioCard, Row, TextLabel, fix
from clinicam.ui.theme import Theme


class ItemList(QWidget):
    """The items of a form, each with icon, title and text, byte for byte as the form has them.

    Signals:
        all_shown(): every item has been on the screen as a whole.
    """

    all_shown = Signal()

    def __init__(
        self, theme: Theme, shown: ShownForm, wall_ms: Callable[[], int], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._wall_ms = wall_ms
        self._area: QAbstractScrollArea | None = None
        self._seen: dict[str, int] = {}
        self._parts: dict[str, QWidget] = {}
        column = Column(theme, self, spacing=15)
        self.title = TextLabel(theme, shown.title, "headline")
        column.addWidget(self.title)
        for item in shown.items:
            part = QWidget()
            row = Row(theme, part, spacing=20)
            row.addWidget(Icon(theme, item.icon, "accent", 32), 0, Qt.AlignmentFlag.AlignTop)
            words = Column(theme, spacing=0)
            words.addWidget(TextLabel(theme, item.title, "title"))
            words.addWidget(TextLabel(theme, item.text, "section", weight=400))
            row.addLayout(words, 1)
            column.addWidget(part)
            self._parts[item.id] = part
        column.addStretch(1)

    def watch(self, area: QAbstractScrollArea) -> None:
        """Look at what of the items `area` lets through."""
        self._area = area
        area.verticalScrollBar().valueChanged.connect(self.look)
        area.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() in {QEvent.Type.Resize, QEvent.Type.Show, QEvent.Type.LayoutRequest, QEvent.Type.Paint}:
            QTimer.singleShot(0, self, self.look)
        return False

    def look(self) -> None:
        """Note which items can be seen as a whole now."""
        if self._area is None or not self.isVisible() or self.is_all_shown():
            return
        viewport = self._area.viewport()
        for name, part in self._parts.items():
            if name in self._seen:
                continue
            place = QRect(part.mapTo(viewport, QPoint(0, 0)), part.size())
            # One taller than the screen counts when its end is seen.
            whole = viewport.rect().contains(place) or (
                place.height() > viewport.height() and 0 <= place.bottom() <= viewport.height()
            )
            if whole:
                self._seen[name] = self._wall_ms()
        if self.is_all_shown():
            self.all_shown.emit()

    def is_all_shown(self) -> bool:
        """Whether every item has been on the screen as a whole."""
        return len(self._seen) == len(self._parts)

    def shown(self) -> tuple[ItemShown, ...]:
        """Each item with the moment it was first seen."""
        return tuple(ItemShown(item=name, shown_ms=at) for name, at in self._seen.items())


class YesNo(QWidget):
    """Two answers of the same size, weight and colour, nothing chosen.

    Signals:
        answered(): one of them was chosen.
    """

    answered = Signal()

    def __init__(
        self, theme: Theme, yes: str, no: str, name: str, *, height: float = 84, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.yes = RadioCard(theme, yes, role="stop", centred=True, height=height)
        self.no = RadioCard(theme, no, role="stop", centred=True, height=height)
        self.yes.setObjectName(f"{name}yes")
        self.no.setObjectName(f"{name}no")
        row = Row(theme, self, spacing=16)
        for card in (self.yes, self.no):
            fix(theme, card, height=height)
            card.clicked.connect(lambda _on=False, one=card: self._choose(one))
            row.addWidget(card, 1)

    def _choose(self, chosen: RadioCard) -> None:
        # No QButtonGroup: it would let Tab reach only one of the two.
        for card in (self.yes, self.no):
            card.setChecked(card is chosen)
        self.answered.emit()

    @property
    def answer(self) -> ConsentAnswer | None:
        """GIVEN, REFUSED, or None while nothing is chosen."""
        if self.yes.isChecked():
            return ConsentAnswer.GIVEN
        return ConsentAnswer.REFUSED if self.no.isChecked() else None

    def unset(self) -> None:
        """Nothing chosen again."""
        self.yes.setChecked(False)
        self.no.setChecked(False)

    def name_question(self, question: str) -> None:
        """What is asked, for screen readers."""
        for card in (self.yes, self.no):
            card.setAccessibleName(f"{card.text()}. {question}")
