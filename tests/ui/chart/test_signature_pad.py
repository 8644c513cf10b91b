# SPDX-License-Identifier: GPL-3.0-or-later
"""Mouse and pen become strokes with time and pressure; a tap is no signature."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputDevice, QPointingDevice, QTabletEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from clinicam.consent.signature import MOST_POINTS
from clinicam.ui.signature_pad import SignaturePad
from clinicam.ui.theme import Theme


@pytest.fixture
def pad(qtbot: QtBot, theme: Theme) -> SignaturePad:
    made = SignaturePad(theme)
    qtbot.addWidget(made)
    made.resize(500, 196)
    with qtbot.waitExposed(made):
        made.show()
    return made


def draw(pad: SignaturePad, *points: tuple[int, int]) -> None:
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(*points[0]))
    for point in points[1:]:
        QTest.mouseMove(pad, QPoint(*point))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(*points[-1]))


def test_mouse_makes_strokes_in_hundredths_of_a_pixel(pad: SignaturePad, qtbot: QtBot) -> None:
    with qtbot.waitSignal(pad.changed):
        draw(pad, (20, 30), (120, 90), (220, 40))
    (stroke,) = pad.strokes
    assert [(point.x, point.y) for point in stroke] == [(2000, 3000), (12000, 9000), (22000, 4000)]
    times = [point.t_ms for point in stroke]
    assert times == sorted(times)
    assert {point.pressure for point in stroke} == {512}
    assert (pad.surface.width(), pad.surface.height()) == (500, 196)
    assert pad.is_signed()


def test_points_never_leave_the_surface(pad: SignaturePad) -> None:
    draw(pad, (20, 30), (900, 400), (-50, -20))
    assert all(0 <= point.x <= 50_000 and 0 <= point.y <= 19_600 for point in pad.strokes[0])


def test_a_tap_is_no_signature(pad: SignaturePad) -> None:
    draw(pad, (100, 100))
    assert len(pad.strokes) == 1
    assert not pad.is_signed()


def test_start_again_takes_all_back(pad: SignaturePad, qtbot: QtBot) -> None:
    draw(pad, (20, 30), (220, 90))
    with qtbot.waitSignal(pad.changed):
        pad.start_again()
    assert pad.strokes == ()
    assert not pad.is_signed()
    assert pad.surface.isEmpty()


def test_backspace_takes_all_back(pad: SignaturePad, qtbot: QtBot) -> None:
    draw(pad, (20, 30), (220, 90))
    QTest.keyClick(pad, Qt.Key.Key_Backspace)
    assert pad.strokes == ()


def test_a_pad_that_grew_keeps_the_signature_and_its_measure(pad: SignaturePad) -> None:
    draw(pad, (100, 98), (250, 98))
    pad.resize(1000, 392)
    draw(pad, (200, 196), (500, 196))
    first, second = pad.strokes
    assert [(p.x, p.y) for p in first] == [(p.x, p.y) for p in second]
    assert pad.surface.width() == 500


def test_a_pen_gives_pressure_and_tilt_and_wins_over_its_mouse(pad: SignaturePad) -> None:
    pen = QPointingDevice.primaryPointingDevice()

    def send(kind: QEvent.Type, x: float, y: float, pressure: float) -> None:
        place = QPointF(x, y)
        event = QTabletEvent(
            kind, pen, place, place, pressure, 12.0, -7.0, 0.0, 0.0, 0.0, Qt.KeyboardModifier.NoModifier,
            Qt.MouseButton.LeftButton, Qt.MouseButton.LeftButton,
        )  # fmt: skip
        QApplication.sendEvent(pad, event)

    send(QEvent.Type.TabletPress, 20, 20, 0.25)
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(20, 20))
    send(QEvent.Type.TabletMove, 200, 80, 0.75)
    QTest.mouseMove(pad, QPoint(200, 80))
    send(QEvent.Type.TabletRelease, 200, 80, 0.0)
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=QPoint(200, 80))
    (stroke,) = pad.strokes[:1]
    assert [point.pressure for point in stroke] == [256, 768]
    assert {(point.tilt_x, point.tilt_y) for point in stroke} == {(12, -7)}
    assert isinstance(pen, QInputDevice)


def test_ink_has_a_limit(pad: SignaturePad) -> None:
    QTest.mousePress(pad, Qt.MouseButton.LeftButton, pos=QPoint(10, 10))
    here = QPoint(10, 10)
    for step in range(MOST_POINTS // 100):
        for _ in range(101):
            pad._go_on(pad._point(QPointF(here) + QPointF(step % 400, step % 150), 0.5))
    QTest.mouseRelease(pad, Qt.MouseButton.LeftButton, pos=here)
    assert sum(len(stroke) for stroke in pad.strokes) <= MOST_POINTS
