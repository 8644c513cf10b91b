# SPDX-License-Identifier: GPL-3.0-or-later
"""The card with the acts: how many are shown, the list, and what stands there when there is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QListView, QWidget

from clinicam.ui.kit import Button, Column, Divider, EmptyState, Row, TextLabel, fix, rounded
from clinicam.ui.kit.focus import OWN_FOCUS
from clinicam.ui.ledger_rows import LedgerDelegate, LedgerModel
from clinicam.ui.ledger_words import pseudonym
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import RADIUS_CARD
from clinicam.vault.ledgerfilter import ActRow


class LedgerList(QFrame):
    """Up and down walk; the button over the list narrows it to the patient of the chosen act.

    Signals:
        more_wanted(): the next page.
        subject_wanted(object): only acts about this pseudonym.
        everything_wanted(): the filters are to go.
    """

    more_wanted = Signal()
    subject_wanted = Signal(object)
    everything_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(self.tr("Acts"))
        column = Column(theme, self, (1, 1, 1, 1))
        head = QWidget()
        fix(theme, head, min_height=60)
        row = Row(theme, head, (16, 8, 12, 8), 10)
        middle = Qt.AlignmentFlag.AlignLeading | Qt.AlignmentFlag.AlignVCenter
        self.title = TextLabel(theme, self.tr("Acts, the newest first"), "strong", wrap=False)
        self.support = TextLabel(theme, "", "body", "ink2", align=middle)
        row.addWidget(self.title)
        row.addWidget(self.support, 1)
        self.narrow = Button(theme, self.tr("Only this patient"), "secondary", "funnel")
        self.narrow.setObjectName("ledger.narrow")
        self.narrow.clicked.connect(self._narrow)
        row.addWidget(self.narrow)
        column.addWidget(head)
        self._line = Divider(theme)
        column.addWidget(self._line)
        self.view = QListView()
        self.model = LedgerModel(self.view)
        self.view.setModel(self.model)
        self.view.setItemDelegate(LedgerDelegate(theme, self.view))
        self.view.setUniformItemSizes(True)
        self.view.setAccessibleName(self.tr("Acts, the newest first"))
        self.view.setProperty("clear", True)
        self.view.setProperty(OWN_FOCUS, True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.view.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.view.setObjectName("ledger.list")
        fix(theme, self.view, min_height=180)
        column.addWidget(self.view, 1)
        self.empty = EmptyState(theme, "scroll-text", self.tr("No act is like that."), self.tr("Show all acts"))
        self.empty.pressed.connect(self.everything_wanted)
        column.addWidget(self.empty, 1)
        self.broken = EmptyState(theme, "shield-alert", self.tr("The ledger cannot be read further than this."))
        column.addWidget(self.broken)
        self.further = Button(theme, self.tr("Look further back"), "quiet", "chevron-down")
        self.further.setObjectName("ledger.further")
        column.addWidget(self.further, 0, Qt.AlignmentFlag.AlignHCenter)
        self.model.wanted.connect(self.more_wanted)
        self.view.selectionModel().currentChanged.connect(lambda *_: self._chosen())
        theme.changed.connect(self._rescale)
        self.clear()

    def clear(self) -> None:
        """Nothing is known yet."""
        self.model.show_rows((), {}, more=False)
        self.support.setText("")
        for one in (self.empty, self.broken, self.further):
            one.hide()
        self.view.show()
        self._chosen()

    def show_rows(self, rows: Sequence[ActRow], names: Mapping[bytes, str], *, more: bool) -> None:
        """Replace the acts. `more`: there are further ones."""
        self.model.show_rows(rows, names, more=more)
        self.broken.hide()
        self.further.hide()
        self.empty.setVisible(not rows and not more)
        self.view.setVisible(bool(rows) or more)
        self._count(more=more)
        self._chosen()
        self.view.scrollToTop()

    def add_rows(self, rows: Sequence[ActRow], *, more: bool) -> None:
        """The next page."""
        self.further.hide()
        self.model.add_rows(rows, more=more)
        self._count(more=more)

    def show_stopped(self, looked: int, of: int) -> None:
        """Somebody stopped it after `looked` of `of` rows: what is shown is not all."""
        self.empty.hide()
        self.view.show()
        self.further.show()
        words = self.tr("{count} found in the newest {looked} of {of} rows")
        count = format(self.model.rowCount(), ",")
        self.support.setText(words.format(count=count, looked=format(looked, ","), of=format(of, ",")))

    def show_broken(self) -> None:
        """What comes next is damaged; what is shown is not."""
        self.model.add_rows((), more=False)
        self.broken.show()

    def _count(self, *, more: bool) -> None:
        words = self.tr("{count} shown, more below") if more else self.tr("{count} shown, that is all")
        self.support.setText(words.format(count=format(self.model.rowCount(), ",")))

    def current(self) -> ActRow | None:
        """The chosen act."""
        row = self.view.currentIndex().data(Qt.ItemDataRole.UserRole)
        return row if isinstance(row, ActRow) else None

    def _chosen(self) -> None:
        row = self.current()
        subject = row.act.subject if row is not None else None
        self.narrow.setVisible(subject is not None)
        if subject is not None:
            words = self.tr("Only patient {pseudonym}").format(pseudonym=pseudonym(subject))
            self.narrow.setText(words)
            self.narrow.setAccessibleName(words)

    def _narrow(self) -> None:
        row = self.current()
        if row is not None and row.act.subject is not None:
            self.subject_wanted.emit(row.act.subject)

    def _rescale(self) -> None:
        self.view.scheduleDelayedItemsLayout()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        color = self._theme.color
        rounded(painter, QRectF(self.rect()), self._theme.px(RADIUS_CARD), color("surface"), color("line"))
        painter.end()
