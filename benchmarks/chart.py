# SPDX-License-Identifier: GPL-3.0-or-later
"""The chart of a patient with 5,000 pictures in one visit: opening it, and scrolling against a bare QListView.

Real practice, real encrypted vault, real screen, offscreen platform. Only the flushes are left out while it is filled.
The peer shows the very same pixmaps on the same grid, and nothing else: no words, no state, no vault.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from PySide6.QtCore import QAbstractListModel, QCoreApplication, QEvent, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView

from benchmarks.bed import Findings, Hasty, OpenGate, now_ms, painted_jpeg, training_vault
from benchmarks.measure import against, alone, interleaved
from clinicam.app import make_application, make_theme
from clinicam.capture.quality import THUMBNAIL
from clinicam.capture.watch import CameraWatch
from clinicam.consent.clock import SystemClock
from clinicam.consent.gate import Gate
from clinicam.identity import Patient, make_patient
from clinicam.practice.policy import load_policy
from clinicam.practice.sessions import SessionOpened
from clinicam.settings import resources_dir
from clinicam.surgery import Attached, Surgery
from clinicam.ui.bridge import Bridge
from clinicam.ui.chart import ChartScreen
from clinicam.ui.gallery import ROOT
from clinicam.vault.openvault import Rendition
from clinicam.vault.thread import VaultThread

PICTURES = 5_000
DIFFERENT = 24
ROUNDS = 7
WARM = 300
"""Pictures scrolled over; fewer than the gallery keeps in memory, so that both sides only paint."""
STEP = 40
SIZE = (1192, 696)
_OURS, _PEER = "gallery", "bare QListView"
_PATIENCE_S = 30.0


def measure(folder: Path) -> Findings:
    """Open, then scroll."""
    application = make_application()
    with _practice(folder) as desk:
        screen = ChartScreen(
            desk.surgery, Bridge(desk.thread, desk.pool), make_theme(application, choice="light", text_percent=100)
        )
        screen.resize(*SIZE)
        screen.show()
        opened = [_open(application, screen, desk) for _ in range(ROUNDS + 1)][1:]
        found = Findings([
            alone(
                f"chart with {PICTURES:,} pictures to first paint",
                statistics.median(o[0] for o in opened),
                "ms",
                target=500,
            ),
            alone(
                "the same until every picture in sight is there",
                statistics.median(o[1] for o in opened),
                "ms",
                target=None,
            ),
        ])
        _scroll(application, screen, found)
        screen.close()
        screen.leave()
        _until(application, lambda: not screen._bridge.busy)
    return found


@dataclass(frozen=True)
class _Desk:
    surgery: Surgery
    thread: VaultThread
    pool: ThreadPoolExecutor
    many: Patient
    none: Patient


@contextmanager
def _practice(folder: Path) -> Iterator[_Desk]:
    patients = [
        make_patient(family=family, given="Bench", born=date(1980, 2, 29), today=date(2026, 1, 1))
        for family in ("Many", "None")
    ]
    gate = OpenGate(patients[0].patient)
    clock = SystemClock()
    thread, pool = VaultThread(), ThreadPoolExecutor(2, thread_name_prefix="pool")
    with training_vault(folder, gate, calls=Hasty()) as training:
        watch = CameraWatch(lambda _what, _detail: None, lambda _status: None)
        attached = Attached(thread, pool, clock, Gate(clock), watch, lambda: None)
        surgery = Surgery(attached, training.opened, load_policy(resources_dir() / "policy.toml"))
        for one in patients:
            surgery.patients.add(one)
        series = surgery.series[0]
        opened = SessionOpened(
            at_ms=now_ms(),
            series_id=series.id,
            series_name=series.name,
            series_version=series.version,
            body_site=series.body_site,
            operator=surgery.me.staff,
            consent=gate.permit.consent,
            episode=gate.permit.episode,
        )
        surgery.sessions.opened(patients[0].patient, gate.permit.session, opened)
        small = [painted_jpeg(number, (THUMBNAIL, THUMBNAIL * 2 // 3)) for number in range(DIFFERENT)]
        views = [view.code for view in series.views]
        for number in range(PICTURES):
            frame = training.frame(small[0][:2048], view=views[number % len(views)], captured_ms=opened.at_ms + number)
            image = training.opened.add(frame).images[0]
            training.opened.add_rendition(image, Rendition.THUMBNAIL, "image/jpeg", small[number % DIFFERENT])
        yield _Desk(surgery, thread, pool, *patients)
        pool.shutdown()
        thread.close()


def _until(application: QApplication, true: Callable[[], bool]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while not true():
        application.processEvents()
        time.sleep(0.0005)
        if time.monotonic() > end:
            raise TimeoutError("the chart never came to rest")


class _FirstPaint(QObject):
    """Notes when the gallery is painted with pictures in it."""

    def __init__(self, screen: ChartScreen) -> None:
        super().__init__()
        self._screen = screen
        self.at = 0.0
        self.last = 0.0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._screen.visit.pictures.rowCount():
            self.last = time.perf_counter()
            self.at = self.at or self.last
        return False


def _open(application: QApplication, screen: ChartScreen, desk: _Desk) -> tuple[float, float]:
    """Milliseconds from asking for the patient to the gallery's first paint, and to its last."""
    screen.show_patient(desk.none)
    _until(application, lambda: not screen._bridge.busy and not screen.visit.pictures.rowCount())
    painted = _FirstPaint(screen)
    viewport = screen.visit.gallery.viewport()
    viewport.installEventFilter(painted)
    start = time.perf_counter()
    screen.show_patient(desk.many)
    _until(application, lambda: painted.at > 0)
    _until(application, lambda: not screen._bridge.busy and screen.visit.thumbnails.held > 0)
    application.processEvents()
    viewport.removeEventFilter(painted)
    return (painted.at - start) * 1000, (painted.last - start) * 1000


class _Pixmaps(QAbstractListModel):
    """The peer's model: as many rows as ours, with our pixmaps."""

    def __init__(self, pixmaps: list[QPixmap], rows: int) -> None:
        super().__init__()
        self._pixmaps = pixmaps
        self._rows = rows

    def rowCount(self, parent: QModelIndex | QPersistentModelIndex = ROOT) -> int:
        return 0 if parent.isValid() else self._rows

    def data(self, index: QModelIndex | QPersistentModelIndex, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        if role == Qt.ItemDataRole.DecorationRole:
            return self._pixmaps[index.row() % len(self._pixmaps)]
        return None


def _scroll(application: QApplication, screen: ChartScreen, found: Findings) -> None:
    ours, model = screen.visit.gallery, screen.visit.pictures
    pixmaps: list[QPixmap] = []

    def fetched() -> bool:
        pixmap = model.thumbnail(len(pixmaps))
        if pixmap is not None:
            pixmaps.append(pixmap)
        return len(pixmaps) == WARM

    _until(application, fetched)
    _until(application, lambda: not screen._bridge.busy)
    bare = QListView()
    bare.setViewMode(QListView.ViewMode.IconMode)
    bare.setMovement(QListView.Movement.Static)
    bare.setUniformItemSizes(True)
    bare.setIconSize(ours.tile)
    bare.setGridSize(ours.gridSize())
    bare.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    bare.setModel(_Pixmaps(pixmaps, model.rowCount()))
    bare.resize(ours.size())
    bare.show()
    application.processEvents()
    columns = max(1, (ours.width() - 1) // ours.gridSize().width())
    reach = min(WARM // columns * ours.gridSize().height() - ours.height(), ours.verticalScrollBar().maximum())
    medians = interleaved({_OURS: lambda: _sweep(ours, reach), _PEER: lambda: _sweep(bare, reach)}, ROUNDS)
    found.results.append(against("scrolling the gallery, one step", medians, _OURS, _PEER, target=1.5))
    screen.visit.thumbnails.forget()
    steps = _steps(ours, reach)
    found.results.append(
        alone(
            "one step while pictures are still decrypted, 95th percentile",
            statistics.quantiles(steps, n=20)[-1] * 1000,
            "ms",
            target=None,
        )
    )
    bare.close()


def _sweep(view: QAbstractItemView, reach: int) -> float:
    """Seconds of one step down from the top, the median of them all."""
    return statistics.median(_steps(view, reach))


def _steps(view: QAbstractItemView, reach: int) -> list[float]:
    bar = view.verticalScrollBar()
    bar.setValue(0)
    QCoreApplication.processEvents()
    taken = []
    for value in range(STEP, reach, STEP):
        start = time.perf_counter()
        bar.setValue(value)
        QCoreApplication.processEvents()
        taken.append(time.perf_counter() - start)
    return taken
