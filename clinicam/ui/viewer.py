# SPDX-License-Identifier: GPL-3.0-or-later
"""One picture at full size: zoom, pan, 1:1, the next one, what is known about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QWidget

from clinicam.capture.series import Series
from clinicam.identity import Patient
from clinicam.permits import Admission
from clinicam.ui.announce import Announcer
from clinicam.ui.bridge import Bridge
from clinicam.ui.image_stage import ImageStage
from clinicam.ui.kit import Button, Column, IdentityBanner, Row, Scroll, TextLabel, fix
from clinicam.ui.messages import message_for
from clinicam.ui.move_ways import close_sheets
from clinicam.ui.picture import Picture
from clinicam.ui.picture_source import Opening, PictureSource, Shelf
from clinicam.ui.screen import Screen
from clinicam.ui.strip_tool import StripBar, StripTool
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import FIXED
from clinicam.ui.viewpoint import Viewpoint
from clinicam.ui.words import day_of, shown_date, shown_time
from clinicam.vault.model import ImageEntry

DETAILS = 300
"""Width of the panel with the details, px."""


class ViewerSurgery(Protocol):
    """What the viewer and compare need of the unlocked practice."""

    @property
    def vault(self) -> Shelf: ...
    @property
    def series(self) -> tuple[Series, ...]: ...
    @property
    def training(self) -> bool: ...


def view_names(series: Sequence[Series]) -> dict[str, str]:
    """View codes with their words; where two series differ, the first one's."""
    names: dict[str, str] = {}
    for one in series:
        for view in one.views:
            names.setdefault(view.code, view.name)
    return names


class ViewerScreen(Screen):
    """Shows one of several pictures. Each one shown is recorded in the ledger before it appears.

    Signals:
        compare_wanted(object, object, object): the patient, the picture on the stage, the one to lay beside it.
        aside_wanted(object, object): the patient, and the picture on the stage that may be of somebody else.
    """

    compare_wanted = Signal(object, object, object)
    aside_wanted = Signal(object, object)
    wants_rail = False

    def __init__(self, surgery: ViewerSurgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self.title = self.tr("Picture")
        self.setAccessibleName(self.title)
        self._surgery = surgery
        self._source = PictureSource(surgery.vault, bridge, self)
        self._names = view_names(surgery.series)
        self._patient: Patient | None = None
        self._entries: tuple[ImageEntry, ...] = ()
        self._at = 0
        self._opening: Opening | None = None
        self.stage = ImageStage(Viewpoint(self))
        self.stage.setObjectName("viewer.stage")
        self._announcer = Announcer(self.stage)
        self._build()
        self._keys()

    def _build(self) -> None:
        theme = self.theme
        self._banner = IdentityBanner(theme)
        self._compare = Button(theme, self.tr("Compare"), icon="columns-2", keycap="C")
        self._compare.setObjectName("viewer.compare")
        self._compare.clicked.connect(self._want_compare)
        self._close = Button(theme, self.tr("Close"), icon="x", keycap="Esc")
        self._close.setObjectName("viewer.close")
        self._close.clicked.connect(self.left)
        self._banner.add_action(self._compare)
        self._banner.add_action(self._close)
        bar = StripBar(theme, 72)
        self._previous = self._tool(
            bar, self.tr("Previous"), "chevron-left", "PgUp", "viewer.previous", self._step_back
        )
        self._next = self._tool(bar, self.tr("Next"), "chevron-right", "PgDn", "viewer.next", self._step_on)
        self._tool(bar, self.tr("Larger"), "zoom-in", "+", "viewer.larger", lambda: self.stage.zoom_by(1.25))
        self._tool(bar, self.tr("Smaller"), "zoom-out", "−", "viewer.smaller", lambda: self.stage.zoom_by(0.8))
        self._tool(bar, self.tr("Fit"), "maximize", "0", "viewer.fit", self.stage.fit)
        self._tool(bar, self.tr("1 : 1"), "scan-search", "Z", "viewer.actual", self.stage.toggle_actual_size)
        self._tool(bar, self.tr("Not theirs?"), "user-x", "W", "viewer.aside", self._want_aside)
        self._details_tool = StripTool(theme, self.tr("Details"), "info", "I", check=True)
        self._details_tool.setObjectName("viewer.details")
        self._details_tool.toggled.connect(self._show_details)
        bar.row.addWidget(self._details_tool)
        self._where = TextLabel(
            theme, "", "body", FIXED.on_strip2, align=Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        )
        bar.row.addWidget(self._where, 1)
        bar.set_aside(self._where)
        self._panel = QFrame()
        self._panel.setStyleSheet(f"QFrame {{ background: {FIXED.strip}; }}")
        fix(theme, self._panel, width=DETAILS)
        column = Column(theme, self._panel, (20, 20, 20, 20), 4)
        self._facts = TextLabel(theme, "", "body", FIXED.on_strip)
        column.addWidget(self._facts)
        column.addStretch(1)
        self._panel.hide()
        middle = Row(theme)
        middle.addWidget(self.stage, 1)
        middle.addWidget(self._panel)
        fix(theme, self.stage, min_height=220)
        below = QWidget()
        lower = Column(theme, below)
        lower.addWidget(bar)
        lower.addLayout(middle, 1)
        page = Column(theme, self)
        page.addWidget(self._banner)
        page.addWidget(Scroll(theme, below), 1)

    def _tool(self, bar: StripBar, text: str, icon: str, key: str, name: str, act: object) -> StripTool:
        tool = StripTool(self.theme, text, icon, key)
        tool.setObjectName(name)
        if callable(act):
            tool.clicked.connect(lambda: act())
        bar.row.addWidget(tool)
        return tool

    def _keys(self) -> None:
        for keys, act in (
            ("Esc", self.left.emit),
            ("Z", self.stage.toggle_actual_size),
            ("C", self._want_compare),
            ("I", self._details_tool.press),
            ("W", self._want_aside),
            ("PgUp", self._step_back),
            ("PgDown", self._step_on),
            ("+", lambda: self.stage.zoom_by(1.25)),
            ("=", lambda: self.stage.zoom_by(1.25)),
            ("-", lambda: self.stage.zoom_by(0.8)),
            ("0", self.stage.fit),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    # What is shown

    def show_images(self, patient: Patient, entries: Sequence[ImageEntry], index: int) -> None:
        """Look at `entries[index]`, with the others before and after it."""
        self._patient = patient
        self._entries = tuple(entries)
        self._banner.show_patient(patient)
        self._go(index)

    @property
    def index(self) -> int:
        """Which of the pictures is on the stage."""
        return self._at

    def enter(self) -> None:
        self.stage.setFocus()

    def leave(self) -> None:
        """Drop every decoded pixel."""
        close_sheets(self)
        if self._opening is not None:
            self._opening.cancel()
        self.stage.show_picture(None)

    def _go(self, index: int) -> None:
        if not 0 <= index < len(self._entries):
            return
        self._at = index
        entry = self._entries[index]
        if self._opening is not None:
            self._opening.cancel()
        self.stage.fit()
        self.stage.show_picture(None, self.tr("Opening the picture"))
        self._opening = self._source.open(entry, self._shown, self._failed)
        self._previous.setEnabled(index > 0)
        self._next.setEnabled(index + 1 < len(self._entries))
        self._compare.setEnabled(len(self._entries) > 1)
        name = self._names.get(entry.view) or entry.view or self.tr("Picture")
        day = shown_date(day_of(entry.captured_ms))
        place = self.tr("{number} of {all}").format(number=index + 1, all=len(self._entries))
        self._where.setText(f"{name}, {day}, {place}")
        self.stage.setAccessibleName(f"{name}, {day}")
        self._announcer.say("picture", f"{name}, {day}, {place}")
        self._tell(entry, name)

    def _tell(self, entry: ImageEntry, name: str) -> None:
        lines = [
            name + (f" ({entry.view})" if entry.view and entry.view != name else ""),
            self.tr("Taken {day}, {time}").format(
                day=shown_date(day_of(entry.captured_ms)), time=shown_time(entry.captured_ms)
            ),
        ]
        lines.append(self.tr("Filed") if entry.admission is Admission.FILED else self.tr("Not filed yet"))
        if self._surgery.training:
            lines.append(self.tr("Simulated picture"))
        picture = self.stage.picture
        if picture is not None:
            width, height = picture.size.width(), picture.size.height()
            lines.append(self.tr("{width} x {height} pixels").format(width=width, height=height))
        lines.append(entry.media_type)
        lines.append(self.tr("Looking at it is recorded. The original never changes."))
        self._facts.setText("\n".join(lines))

    def _shown(self, picture: Picture) -> None:
        self.stage.show_picture(picture)
        entry = self._entries[self._at]
        self._tell(entry, self._names.get(entry.view) or entry.view or self.tr("Picture"))

    def _failed(self, problem: BaseException) -> None:
        message = message_for(problem)
        self.stage.show_picture(None, f"{message.sentence}\n{message.next_step}")
        self._announcer.say("trouble", message.sentence)

    # Acting

    def _step_back(self) -> None:
        self._go(self._at - 1)

    def _step_on(self) -> None:
        self._go(self._at + 1)

    def _show_details(self, on: bool) -> None:
        self._panel.setVisible(on)

    def _want_aside(self) -> None:
        if self._patient is not None and self._entries:
            self.aside_wanted.emit(self._patient, self._entries[self._at])

    def _want_compare(self) -> None:
        if self._patient is None or len(self._entries) < 2:
            return
        entry = self._entries[self._at]
        self.compare_wanted.emit(self._patient, *pair_for(entry, self._entries))


def pair_for(entry: ImageEntry, entries: Sequence[ImageEntry]) -> tuple[ImageEntry, ImageEntry]:
    """A and B of a comparison that starts from `entry`: the earlier one first.

    The other is the same view at the nearest other time before it, else after it, else its neighbour in the list.
    """
    same = sorted(
        (one for one in entries if one.view == entry.view and one.view and one.image != entry.image),
        key=lambda one: abs(one.captured_ms - entry.captured_ms),
    )
    earlier = [one for one in same if one.captured_ms <= entry.captured_ms and one.session != entry.session]
    others = [one for one in entries if one.image != entry.image]
    other = (earlier or same or others)[0]
    first, second = sorted((other, entry), key=lambda one: one.captured_ms)
    return first, second


def pair_of(
    marked: Sequence[ImageEntry], current: ImageEntry, everything: Sequence[ImageEntry]
) -> tuple[ImageEntry, ImageEntry]:
    """Two marked pictures as they are; else the current one beside the one that goes with it best."""
    if len(marked) >= 2:
        first, second = sorted(marked[:2], key=lambda one: one.captured_ms)
        return first, second
    return pair_for(current, everything)
