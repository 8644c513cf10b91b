# SPDX-License-Identifier: GPL-3.0-or-later
"""Two pictures of one patient: side by side on one transform, one over the other, or in turn while a key is held."""

from __future__ import annotations

from typing import Literal, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QShortcut
from PySide6.QtWidgets import QButtonGroup, QSizePolicy, QSlider, QWidget

from clinicam.capture.series import Series
from clinicam.identity import Patient, PatientId
from clinicam.ui.bridge import Bridge
from clinicam.ui.chart_data import Pictures
from clinicam.ui.compare_pane import ComparePane
from clinicam.ui.gallery import GalleryModel, one_per_frame
from clinicam.ui.kit import Button, Column, IdentityBanner, Row, Scroll, TextLabel, fix
from clinicam.ui.picture_source import PictureSource, in_pool, read_small
from clinicam.ui.picture_strip import HIGH, WIDE, PictureStrip
from clinicam.ui.screen import Screen
from clinicam.ui.strip_tool import StripBar, StripTool
from clinicam.ui.theme import Theme
from clinicam.ui.thumbnails import Thumbnails
from clinicam.ui.tokens import FIXED
from clinicam.ui.viewer import view_names
from clinicam.ui.viewpoint import Viewpoint
from clinicam.vault.model import ImageEntry

Mode = Literal["side", "over", "flicker"]


class CompareSurgery(Protocol):
    """What compare needs of the unlocked practice."""

    @property
    def vault(self) -> Pictures: ...
    @property
    def series(self) -> tuple[Series, ...]: ...
    @property
    def training(self) -> bool: ...


class CompareScreen(Screen):
    """Pane A and pane B, linked at first. The marked pane is the one the strip and 1:1 act on."""

    wants_rail = False

    def __init__(self, surgery: CompareSurgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "", parent)
        self.title = self.tr("Compare")
        self.setAccessibleName(self.title)
        self._surgery = surgery
        self._bridge = bridge
        self._names = view_names(surgery.series)
        self._patient: Patient | None = None
        self._mode: Mode = "side"
        self._shared = Viewpoint(self)
        self._own = Viewpoint(self)
        source = PictureSource(surgery.vault, bridge, self)
        self.pane_a = ComparePane(theme, "A", source, self._shared)
        self.pane_b = ComparePane(theme, "B", source, self._shared)
        self._marked = self.pane_b
        self._thumbnails = Thumbnails(self._load, in_pool(bridge, self), self)
        self._pictures = GalleryModel(self._thumbnails, simulated=surgery.training, parent=self)
        self._build()
        self._keys()

    # Building

    def _build(self) -> None:
        theme = self.theme
        self._banner = IdentityBanner(theme)
        close = Button(theme, self.tr("Close"), icon="x", keycap="Esc")
        close.setObjectName("compare.close")
        close.clicked.connect(self.left)
        self._banner.add_action(close)
        bar = StripBar(theme, 72)
        group = QButtonGroup(self)
        self._mode_tools: dict[Mode, StripTool] = {}
        modes: tuple[tuple[Mode, str, str, str], ...] = (
            ("side", self.tr("Side"), "columns-2", "1"),
            ("over", self.tr("Over"), "layers", "2"),
            ("flicker", self.tr("Flicker"), "contrast", "3"),
        )
        for mode, words, icon, key in modes:
            tool = StripTool(theme, words, icon, key, check=True)
            tool.setObjectName(f"compare.{mode}")
            tool.clicked.connect(lambda _on=False, one=mode: self.set_mode(one))
            group.addButton(tool)
            bar.row.addWidget(tool)
            self._mode_tools[mode] = tool
        bar.row.gap(16)
        self._linked = StripTool(theme, self.tr("Linked"), "link", "L", check=True)
        self._linked.setObjectName("compare.linked")
        self._linked.setChecked(True)
        self._linked.toggled.connect(self.set_linked)
        bar.row.addWidget(self._linked)
        for words, icon, key, name in (
            (self.tr("Fit"), "maximize", "0", "compare.fit"),
            (self.tr("1 : 1"), "scan-search", "Z", "compare.actual"),
        ):
            tool = StripTool(theme, words, icon, key)
            tool.setObjectName(name)
            tool.clicked.connect(self._fit if key == "0" else self._actual)
            bar.row.addWidget(tool)
        self._how = TextLabel(
            theme, "", "body", FIXED.on_strip2, align=Qt.AlignmentFlag.AlignTrailing | Qt.AlignmentFlag.AlignVCenter
        )
        self._mix = QSlider(Qt.Orientation.Horizontal)
        self._mix.setObjectName("compare.mix")
        self._mix.setAccessibleName(self.tr("How much of B is seen"))
        self._mix.setRange(0, 100)
        self._mix.setValue(50)
        self._mix.valueChanged.connect(self._refresh_over)
        fix(theme, self._mix, width=180)
        bar.row.addWidget(self._how, 1)
        bar.row.addWidget(self._mix)
        heads = Row(theme)
        heads.addWidget(self.pane_a.head, 1)
        heads.addWidget(self.pane_b.head, 1)
        panes = Row(theme, spacing=4)
        panes.addWidget(self.pane_a, 1)
        panes.addWidget(self.pane_b, 1)
        ground = StripBar(theme, 0)
        ground.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        ground.row.set_margins((0, 0, 0, 0))
        ground.row.addLayout(panes, 1)
        self._strip = PictureStrip(theme, self._pictures)
        self._strip.picked.connect(self._pick)
        foot = StripBar(theme, 96)
        foot.row.set_margins((0, 0, 16, 0))
        foot.row.addWidget(self._strip, 1)
        note = TextLabel(
            theme,
            self.tr("The originals never change. This view is recorded."),
            "small",
            FIXED.on_strip2,
            align=Qt.AlignmentFlag.AlignVCenter,
        )
        fix(theme, note, width=200)
        foot.row.addWidget(note)
        below = QWidget()
        lower = Column(theme, below)
        lower.addWidget(bar)
        lower.addLayout(heads)
        lower.addWidget(ground, 1)
        lower.addWidget(foot)
        page = Column(theme, self)
        page.addWidget(self._banner)
        page.addWidget(Scroll(theme, below), 1)
        for pane in (self.pane_a, self.pane_b):
            pane.stage.focused.connect(lambda one=pane: self._mark(one))
            pane.arrived.connect(self._refresh_over)
        self.set_mode("side")
        self._mark(self.pane_b)

    def _keys(self) -> None:
        for keys, act in (
            ("Esc", self.left.emit),
            ("1", self._mode_tools["side"].press),
            ("2", self._mode_tools["over"].press),
            ("3", self._mode_tools["flicker"].press),
            ("L", self._linked.press),
            ("Z", self._actual),
            ("0", self._fit),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    # What is shown

    def show_pair(self, patient: Patient, first: ImageEntry, second: ImageEntry) -> None:
        """Lay `first` on A and `second` on B, and the patient's other pictures on the strip."""
        self._patient = patient
        self._banner.show_patient(patient)
        self._shared.fit()
        self._show_strip((first, second))
        self.pane_a.show_entry(first, self._name(first), second)
        self.pane_b.show_entry(second, self._name(second), first)
        self._letter()
        self._bridge.run(self._list, patient.patient, done=self._show_strip, owner=self)

    def enter(self) -> None:
        self.pane_b.stage.setFocus()

    def leave(self) -> None:
        """Drop every decoded pixel."""
        self.pane_a.clear()
        self.pane_b.clear()
        self._thumbnails.forget()

    def _list(self, patient: PatientId) -> tuple[ImageEntry, ...]:
        return one_per_frame(self._surgery.vault.images(patient=patient))

    def _show_strip(self, entries: tuple[ImageEntry, ...]) -> None:
        """The same view through time where there is a series of it, else everything."""
        view = self.pane_a.entry.view if self.pane_a.entry else entries[0].view
        same = [one for one in entries if one.view == view]
        chosen = sorted(same if len(same) > 1 else entries, key=lambda one: one.captured_ms)
        for pane in (self.pane_a, self.pane_b):
            if pane.entry is not None and pane.entry.image not in {one.image for one in chosen}:
                chosen = sorted(entries, key=lambda one: one.captured_ms)
        self._pictures.show(chosen, self._names, dated=True)

    def _name(self, entry: ImageEntry) -> str:
        return self._names.get(entry.view) or entry.view or self.tr("Picture")

    def _letter(self) -> None:
        letters: dict[bytes, str] = {}
        for pane in (self.pane_a, self.pane_b):
            if pane.entry is not None:
                letters[pane.entry.image] = letters.get(pane.entry.image, "") + pane.letter
        self._strip.set_letters(letters)
        names = list(dict.fromkeys(self._name(p.entry) for p in (self.pane_a, self.pane_b) if p.entry))
        self._how.setText(", ".join(names))

    def _pick(self, row: int) -> None:
        pane = self._marked
        entry = self._pictures.entry(row)
        other = self.pane_b if pane is self.pane_a else self.pane_a
        pane.show_entry(entry, self._name(entry), other.entry)
        if other.entry is not None:
            other.tell(self._name(other.entry), entry)
        self._letter()
        self._refresh_over()

    def _mark(self, pane: ComparePane) -> None:
        self._marked = pane
        for one in (self.pane_a, self.pane_b):
            one.stage.set_marked(one is pane and self._mode == "side")

    # Acting

    @property
    def mode(self) -> Mode:
        """How the two lie."""
        return self._mode

    @property
    def linked(self) -> bool:
        """Whether both panes are seen from one viewpoint."""
        return self.pane_a.stage.viewpoint is self.pane_b.stage.viewpoint

    def set_mode(self, mode: Mode) -> None:
        """Side by side, B over A, or B while C is held."""
        self._mode = mode
        self._mode_tools[mode].setChecked(True)
        for half in (self.pane_b, self.pane_b.head):
            half.setVisible(mode == "side")
        self._linked.setEnabled(mode == "side")
        self._mix.setVisible(mode == "over")
        hints = {"side": "", "over": self.tr("B lies over A"), "flicker": self.tr("hold C to see B")}
        self.pane_a.set_hint(hints[mode])
        self._mark(self.pane_b if mode == "side" else self.pane_a)
        self._marked.stage.setFocus()
        self._refresh_over()

    def set_linked(self, linked: bool) -> None:
        """Zoom and pan both panes together, or each by itself."""
        if linked:
            self._shared.set_transform(self._marked.stage.viewpoint.transform)
            self.pane_b.stage.set_viewpoint(self._shared)
        else:
            self._own.set_transform(self._shared.transform)
            self.pane_b.stage.set_viewpoint(self._own)
        self._linked.setChecked(linked)

    def _fit(self) -> None:
        self._marked.stage.fit()

    def _actual(self) -> None:
        self._marked.stage.toggle_actual_size()

    def _refresh_over(self) -> None:
        if self._mode == "over":
            self.pane_a.stage.show_over(self.pane_b.stage.picture, self._mix.value() / 100)
        else:
            self.pane_a.stage.show_over(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_C and self._mode == "flicker":
            self.pane_a.stage.show_over(self.pane_b.stage.picture)
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_C and self._mode == "flicker":
            if not event.isAutoRepeat():
                self.pane_a.stage.show_over(None)
            return
        super().keyReleaseEvent(event)

    def _load(self, entry: ImageEntry) -> QImage:
        side = self.theme.px(max(WIDE, HIGH)) * 2
        return read_small(self._surgery.vault, entry, side)
