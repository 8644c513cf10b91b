# SPDX-License-Identifier: GPL-3.0-or-later
"""The stage: newest frame first, nothing kept after the live view, cheap to paint, honest words."""

from __future__ import annotations

import sys
import time

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from clinicam.capture.session import SessionState
from clinicam.ui.live_decoder import LiveDecoder, fit, histogram_of, open_jpeg
from clinicam.ui.live_ghost import GhostMode, make_ghost
from clinicam.ui.live_stage import LiveStage, StageStatus
from clinicam.ui.theme import Theme
from tests.ui.session.conftest import Desk
from tests.ui.session.fakes import EARLIER, ORTHO, SESSION, view_of
from tests.ui.session.pictures import plain, teeth

RED, BLUE = (200, 30, 30), (30, 30, 200)


def colour_at(desk: Desk, x: float, y: float) -> tuple[int, int, int]:
    """The painted colour at a share of the stage."""
    stage = desk.screen._parts.stage
    image = stage.grab().toImage()
    pixel = image.pixelColor(round(x * image.width()), round(y * image.height()))
    return pixel.red(), pixel.green(), pixel.blue()


def is_near(one: tuple[int, int, int], other: tuple[int, int, int]) -> bool:
    """The same colour but for what JPEG does to it."""
    return all(abs(a - b) < 12 for a, b in zip(one, other, strict=True))


def test_a_frame_is_shown_and_says_that_it_is_not_stored(desk: Desk) -> None:
    stage = desk.screen._parts.stage
    assert stage.live_words() == ""
    desk.feed(plain(RED, 1024, 683))
    assert is_near(colour_at(desk, 0.5, 0.5), RED)
    assert stage.live_words() == "Live, not stored"


@pytest.mark.parametrize("state", [SessionState.PAUSED, SessionState.STOP_ASKED, SessionState.TROUBLE])
def test_no_live_pixel_stays_when_the_live_view_ends(desk: Desk, state: SessionState) -> None:
    desk.feed(plain(RED, 1024, 683))
    desk.sitting.show(view_of(state))
    stage = desk.screen._parts.stage
    assert not stage.has_picture
    assert not is_near(colour_at(desk, 0.5, 0.5), RED)
    desk.screen.listener.live(plain(RED))
    desk.bot.wait(60)
    assert not stage.has_picture


def test_a_view_that_stands_still_is_not_called_live(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.feed()
    stage = desk.screen._parts.stage
    now = time.monotonic()
    monkeypatch.setattr("clinicam.ui.live_stage.time.monotonic", lambda: now + 2.5)
    stage.check_age()
    assert stage.live_words() == "Live view stands still"


def test_none_is_neither_lost_nor_gained_over_200_repaints(desk: Desk) -> None:
    for code in {view.code for view in ORTHO.views}:
        desk.surgery.vault.add(code, 1, teeth(shift=9))
    desk.screen.begin(desk.sitting)
    desk.feed()
    stage = desk.screen._parts.stage
    for _ in range(10):
        stage.repaint()
    before = sys.getrefcount(None)
    for _ in range(200):
        stage.repaint()
    assert abs(sys.getrefcount(None) - before) < 50


def test_a_frame_costs_the_ui_thread_less_than_8_ms(qtbot: QtBot, theme: Theme) -> None:
    decoder = LiveDecoder()
    decoder.open()
    try:
        stage = LiveStage(theme, decoder)
        qtbot.addWidget(stage)
        stage.resize(752, 501)
        stage.show()
        stage.set_live(True)
        stage.set_words(StageStatus("shield-check", "Ready to shoot", "safe"), "Mirror in, cheek out.", "")
        stage.set_ghost(make_ghost(teeth(1600, 1067, 14), (752, 501), 0), GhostMode.OUTLINE, 0.4)
        costs = []
        for shift in range(60):
            with qtbot.waitSignal(decoder.ready):
                decoder.offer(teeth(shift=shift % 7))
            before = time.thread_time()
            stage._frame_ready()
            stage.repaint()
            costs.append(time.thread_time() - before)
        assert sorted(costs)[56] < 0.008
    finally:
        decoder.close()


def test_the_newest_frame_wins(qtbot: QtBot) -> None:
    decoder = LiveDecoder()
    decoder.set_target(60, 40, False)
    decoder.open()
    try:
        with qtbot.waitSignal(decoder.ready):
            for _ in range(30):
                decoder.offer(plain(RED))
            decoder.offer(plain(BLUE))

        def newest() -> bool:
            frame = decoder.take()
            if frame is None:
                return False
            pixel = frame.image.pixelColor(30, 20)
            return is_near((pixel.red(), pixel.green(), pixel.blue()), BLUE)

        qtbot.waitUntil(newest)
        qtbot.wait(30)
        assert decoder.take() is None
    finally:
        decoder.close()


@pytest.mark.parametrize("bad", [b"", b"\xff\xd8\xff", b"not a picture", teeth()[:2000]])
def test_bytes_that_are_no_picture_are_passed_over(qtbot: QtBot, bad: bytes) -> None:
    decoder = LiveDecoder()
    decoder.open()
    try:
        decoder.offer(bad)
        decoder.offer(bad)
        with qtbot.waitSignal(decoder.ready):
            qtbot.wait(20)
            decoder.offer(plain(BLUE))
        assert decoder.take() is not None
    finally:
        decoder.close()


def test_a_closed_decoder_keeps_nothing() -> None:
    decoder = LiveDecoder()
    decoder.offer(teeth())
    decoder.open()
    decoder.close()
    decoder.offer(teeth())
    assert decoder.take() is None


def test_too_many_pixels_are_never_unpacked() -> None:
    assert open_jpeg(plain(RED, 5000, 3000), (752, 501)) is None
    assert open_jpeg(plain(RED, 3000, 2000), (752, 501)) is not None


def test_flip_changes_sides(desk: Desk) -> None:
    stage, control = desk.screen._parts.stage, desk.screen._parts.control
    control.grid.setChecked(False)
    desk.feed(teeth(shift=200))
    straight = colour_at(desk, 0.95, 0.45), colour_at(desk, 0.05, 0.45)
    assert not is_near(*straight)
    desk.bot.mouseClick(control.flip, Qt.MouseButton.LeftButton)
    desk.bot.waitUntil(lambda: is_near(colour_at(desk, 0.05, 0.45), straight[0]))
    assert is_near(colour_at(desk, 0.95, 0.45), straight[1])
    assert stage.has_picture


def test_fit_and_histogram() -> None:
    assert fit(1024, 683, 752, 501) == (752, 501)
    assert fit(640, 480, 752, 501) == (668, 501)
    assert fit(1, 1000, 10, 10) == (1, 10)
    picture = open_jpeg(plain((10, 10, 10)), (240, 160))
    assert picture is not None
    bars = histogram_of(picture)
    assert len(bars) == 60
    assert bars.index(max(bars)) < 5
    assert max(bars) == 1


def test_ghost_is_the_newest_filed_picture_of_another_session(desk: Desk) -> None:
    vault, panel = desk.surgery.vault, desk.screen._parts.control.ghost
    assert desk.screen._parts.stage.ghost is None
    assert not panel.modes.isVisible()
    code = ORTHO.views[0].code
    vault.add(code, 1_000, plain(RED))
    vault.add(code, 3_000, plain(BLUE), session=EARLIER)
    vault.add(code, 9_000, plain(RED), session=SESSION)
    desk.screen.begin(desk.sitting)
    desk.bot.waitUntil(lambda: desk.screen._parts.stage.ghost is not None)
    ghost = desk.screen._parts.stage.ghost
    assert ghost is not None
    assert ghost.taken_ms == 3_000
    assert panel.modes.isVisible()
    desk.sitting.select_view(1)
    desk.bot.waitUntil(lambda: desk.screen._parts.stage.ghost is None)


def test_flicker_shows_the_earlier_picture_while_c_is_held(desk: Desk) -> None:
    desk.surgery.vault.add(ORTHO.views[0].code, 1_000, plain(BLUE, 1024, 683))
    desk.screen.begin(desk.sitting)
    desk.bot.waitUntil(lambda: desk.screen._parts.stage.ghost is not None)
    desk.feed(plain(RED, 1024, 683))
    shutter = desk.find("session.shoot")
    desk.bot.keyPress(shutter, Qt.Key.Key_C)
    assert is_near(colour_at(desk, 0.5, 0.5), BLUE)
    assert desk.screen._parts.stage.live_words() == "Earlier picture"
    desk.bot.keyRelease(shutter, Qt.Key.Key_C)
    assert is_near(colour_at(desk, 0.5, 0.5), RED)


def test_outline_is_lines_not_areas() -> None:
    ghost = make_ghost(teeth(), (752, 501), 0)
    assert ghost is not None
    outline = ghost.outline
    opaque = sum(outline.pixelColor(x, y).alpha() > 60 for x in range(0, 752, 3) for y in range(0, 501, 3))
    share = opaque / (251 * 167)
    assert 0.02 < share < 0.25
    assert make_ghost(b"nothing", (752, 501), 0) is None
