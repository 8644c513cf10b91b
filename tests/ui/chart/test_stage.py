# SPDX-License-Identifier: GPL-3.0-or-later
"""Zoom and pan are one transform in fitted units, whatever hand moves it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QTransform, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from clinicam.errors import Corrupt
from clinicam.ui.image_stage import STAGE, ImageStage
from clinicam.ui.picture import Picture, decode, decode_small
from clinicam.ui.theme import Theme
from clinicam.ui.viewpoint import LARGEST, SMALLEST, Viewpoint
from tests.ui.chart.fakes import jpeg


def flat(width: int, height: int, color: str) -> Picture:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(QColor(color))
    return Picture((image,))


@pytest.fixture
def stage(qtbot: QtBot, theme: Theme) -> ImageStage:
    made = ImageStage(Viewpoint())
    qtbot.addWidget(made)
    made.resize(600, 400)
    made.show_picture(flat(1200, 800, "#336699"))
    with qtbot.waitActive(made):
        made.show()
    made.setFocus()
    return made


def wheel(stage: ImageStage, notches: int, at: QPointF) -> None:
    event = QWheelEvent(
        at, at, QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(stage, event)


def test_the_whole_picture_fits_at_first(stage: ImageStage) -> None:
    picture = stage.picture
    assert picture is not None
    corner = stage.placement(picture).map(QPointF(0, 0))
    far = stage.placement(picture).map(QPointF(1200, 800))
    assert (corner.x(), corner.y(), far.x(), far.y()) == pytest.approx((0, 0, 600, 400))


def test_the_wheel_zooms_around_the_pointer(stage: ImageStage) -> None:
    picture = stage.picture
    assert picture is not None
    at = QPointF(150, 100)
    under = stage.placement(picture).inverted()[0].map(at)
    wheel(stage, 5, at)
    assert stage.viewpoint.zoom > 2
    again = stage.placement(picture).inverted()[0].map(at)
    assert (again.x(), again.y()) == pytest.approx((under.x(), under.y()), abs=0.5)


def test_keys_zoom_pan_and_fit(stage: ImageStage, qtbot: QtBot) -> None:
    QTest.keyClick(stage, Qt.Key.Key_Plus)
    QTest.keyClick(stage, Qt.Key.Key_Plus)
    zoomed = stage.viewpoint.zoom
    assert zoomed == pytest.approx(1.25**2)
    QTest.keyClick(stage, Qt.Key.Key_Right)
    assert stage.viewpoint.transform.dx() == pytest.approx(-0.1)
    QTest.keyClick(stage, Qt.Key.Key_Down)
    assert stage.viewpoint.transform.dy() == pytest.approx(-0.1)
    QTest.keyClick(stage, Qt.Key.Key_Minus)
    assert stage.viewpoint.zoom == pytest.approx(1.25)
    QTest.keyClick(stage, Qt.Key.Key_0)
    assert stage.viewpoint.transform.isIdentity()


def test_a_drag_moves_the_picture_with_the_hand(stage: ImageStage) -> None:
    picture = stage.picture
    assert picture is not None
    stage.zoom_by(3)
    under = stage.placement(picture).inverted()[0].map(QPointF(300, 200))
    QTest.mousePress(stage, Qt.MouseButton.LeftButton, pos=QPoint(300, 200))
    QTest.mouseMove(stage, QPoint(260, 170))
    QTest.mouseRelease(stage, Qt.MouseButton.LeftButton, pos=QPoint(260, 170))
    now = stage.placement(picture).map(under)
    assert (now.x(), now.y()) == pytest.approx((260, 170))


def test_one_to_one_and_back(stage: ImageStage) -> None:
    picture = stage.picture
    assert picture is not None
    stage.toggle_actual_size()
    assert stage.is_actual_size()
    assert stage.placement(picture).m11() * stage.devicePixelRatioF() == pytest.approx(1)
    stage.toggle_actual_size()
    assert stage.viewpoint.transform.isIdentity()


def test_what_lies_around_the_picture_is_neutral_grey(stage: ImageStage) -> None:
    stage.show_picture(flat(400, 400, "#336699"))
    stage.clearFocus()
    image = stage.grab().toImage()
    assert image.pixelColor(20, 200) == STAGE
    assert image.pixelColor(300, 200).name() == "#336699"


def test_over_mixes_and_flicker_covers(stage: ImageStage) -> None:
    stage.show_over(flat(1200, 800, "#ffffff"), 0.5)
    assert stage.grab().toImage().pixelColor(300, 200).name() in {"#99b2cc", "#99b3cc", "#98b2cb"}
    stage.show_over(flat(1200, 800, "#ffffff"))
    assert stage.grab().toImage().pixelColor(300, 200).name() == "#ffffff"
    stage.show_over(None)
    assert stage.grab().toImage().pixelColor(300, 200).name() == "#336699"


@given(st.lists(st.tuples(st.floats(0.1, 10), st.floats(-2, 2), st.floats(-2, 2)), max_size=12))
def test_nobody_gets_lost(steps: list[tuple[float, float, float]]) -> None:
    viewpoint = Viewpoint()
    for factor, dx, dy in steps:
        viewpoint.zoom_by(factor, QPointF(dx / 4, dy / 4))
        viewpoint.pan_by(dx, dy)
    transform = viewpoint.transform
    assert SMALLEST <= transform.m11() <= LARGEST
    assert abs(transform.dx()) <= transform.m11() / 2 + 1e-9
    assert abs(transform.dy()) <= transform.m11() / 2 + 1e-9
    assert transform.m11() == transform.m22()


def test_the_same_transform_changes_nothing(qtbot: QtBot) -> None:
    viewpoint = Viewpoint()
    with qtbot.assertNotEmitted(viewpoint.changed):
        viewpoint.set_transform(QTransform())


def test_levels_halve_and_the_right_one_is_drawn() -> None:
    picture = decode(jpeg("IV07", (2400, 1600)), "image/jpeg")
    assert [level.width() for level in picture.levels] == [2400, 1200, 600]
    assert picture.level_for(1.0) is picture.levels[0]
    assert picture.level_for(0.5) is picture.levels[1]
    assert picture.level_for(0.3) is picture.levels[1]
    assert picture.level_for(0.1) is picture.levels[2]
    original, half = picture.levels[0].pixelColor(1000, 700), picture.levels[1].pixelColor(500, 350)
    assert abs(original.red() - half.red()) < 4


def test_small_is_never_larger_than_asked() -> None:
    image = decode_small(jpeg("IV07", (900, 600)), "image/jpeg", 300)
    assert (image.width(), image.height()) == (300, 200)


@pytest.mark.qt_log_ignore("(?i)jpeg", extend=True)
@pytest.mark.parametrize(
    ("data", "media_type"),
    [(b"", "image/jpeg"), (b"\xff\xd8 no picture", "image/jpeg"), (jpeg("IV07", (40, 30)), "image/x-nikon-nef")],
)
def test_what_is_no_picture_is_corrupt(data: bytes, media_type: str) -> None:
    with pytest.raises(Corrupt):
        decode(data, media_type)


@pytest.mark.qt_log_ignore("(?i)jpeg", extend=True)
def test_a_file_cannot_choose_its_decoder() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"/>'
    with pytest.raises(Corrupt):
        decode(svg, "image/jpeg")
