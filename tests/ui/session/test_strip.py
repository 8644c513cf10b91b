# SPDX-License-Identifier: GPL-3.0-or-later
"""The strip: a tick means safe and nothing else does; what was not kept shows no pixel of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QListView

from clinicam.capture.session import Quality, ShotState
from clinicam.capture.views import ShotView
from clinicam.errors import CameraRefused, DiskFull, FrameRefused
from clinicam.ui import strip_painting
from clinicam.ui.shot_line import shot_line
from clinicam.ui.shot_words import shot_name, shot_spoken, shot_state
from tests.ui.session.conftest import Desk
from tests.ui.session.fakes import shot, view_of
from tests.ui.session.pictures import plain

GREEN = (20, 210, 40)
UNSAFE = [state for state in ShotState if state is not ShotState.SAFE]


def has_colour(image: QImage, colour: tuple[int, int, int]) -> bool:
    """Whether any pixel is nearly `colour`."""
    for y in range(0, image.height(), 2):
        for x in range(0, image.width(), 2):
            pixel = image.pixelColor(x, y)
            if all(abs(a - b) < 14 for a, b in zip((pixel.red(), pixel.green(), pixel.blue()), colour, strict=True)):
                return True
    return False


def strip_image(desk: Desk) -> QImage:
    """What the strip looks like now."""
    return desk.screen._parts.strip.grab().toImage()


@pytest.mark.parametrize("state", list(ShotState))
def test_only_a_safe_shot_has_the_tick(desk: Desk, state: ShotState, monkeypatch: pytest.MonkeyPatch) -> None:
    marks: list[str] = []
    real = strip_painting.draw_shot_badge

    def noted(painter: object, theme: object, box: object, mark: str) -> None:
        marks.append(mark)
        real(painter, theme, box, mark)  # type: ignore[arg-type]

    monkeypatch.setattr(strip_painting, "draw_shot_badge", noted)
    desk.sitting.show(shots=(shot(1, 0, state, thumbnail=plain(GREEN)),))
    strip_image(desk)
    assert ("safe" in marks) == (state is ShotState.SAFE)


@pytest.mark.parametrize("state", [ShotState.REFUSED, ShotState.LOST, ShotState.EXPOSED])
def test_what_was_not_kept_shows_no_pixel(desk: Desk, state: ShotState) -> None:
    desk.sitting.show(shots=(shot(1, 0, ShotState.SAFE, thumbnail=plain(GREEN)),))
    assert has_colour(strip_image(desk), GREEN)
    desk.sitting.show(shots=(shot(1, 0, state, thumbnail=plain(GREEN)),))
    assert not has_colour(strip_image(desk), GREEN)


@pytest.mark.parametrize("state", UNSAFE)
def test_no_other_state_is_called_safe(state: ShotState) -> None:
    one = shot(1, 0, state)
    line = shot_line(view_of(shots=(one,)))
    assert line is not None
    assert line.meaning != "safe"
    assert not shot_state(one).startswith("safe")


def test_words_of_a_shot() -> None:
    first = shot(1, 5, ShotState.SAFE, quality=Quality.BLURRED)
    again = shot(2, 5, ShotState.SAFE, quality=Quality.GOOD)
    third = shot(3, 5, ShotState.SAFE, label="after cleaning")
    body = ShotView(4, None, -1, "", ShotState.REFUSED, cause=CameraRefused("unclaimed"))
    shots = (first, again, third, body)
    assert [shot_name(one, shots) for one in shots] == [
        "6 Right, mirror",
        "6 Retake",
        "6 after cleaning",
        "Body button",
    ]
    assert [shot_state(one) for one in shots] == ["safe, blurred", "safe, sharp", "safe", "not kept"]
    assert shot_spoken(third, shots) == "6 after cleaning (Right, mirror): safe"
    refused = ShotView(5, None, 1, "x", ShotState.REFUSED, cause=FrameRefused("truncated"))
    full = ShotView(6, None, 1, "x", ShotState.REFUSED, cause=DiskFull())
    assert [shot_state(refused), shot_state(full)] == ["not a picture", "no room, not kept"]


def test_the_newest_is_chosen_until_a_person_chooses(desk: Desk) -> None:
    strip = desk.screen._parts.strip
    two = tuple(shot(number, number - 1, ShotState.SAFE) for number in (1, 2))
    desk.sitting.show(shots=two)
    assert strip.selected == two[1]
    view = desk.find("session.shots")
    assert isinstance(view, QListView)
    where = view.visualRect(view.model().index(0, 0)).center()
    desk.bot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(where))
    assert strip.selected == two[0]
    desk.sitting.show(note="anything")
    assert strip.selected == two[0]
    three = (*two, shot(3, 2, ShotState.EXPOSED))
    desk.sitting.show(shots=three)
    assert strip.selected == three[2]


def test_rows_tell_a_screen_reader(desk: Desk) -> None:
    desk.sitting.show(
        shots=(shot(1, 0, ShotState.SAFE, quality=Quality.DARK),), done=(True,) + (False,) * 8, view_index=1
    )
    role = Qt.ItemDataRole.AccessibleTextRole
    shots, views = desk.find("session.shots"), desk.find("session.views")
    assert isinstance(shots, QListView)
    assert isinstance(views, QListView)
    assert shots.model().index(0, 0).data(role) == "1 Face, at rest: safe, dark"
    spoken = [views.model().index(row, 0).data(role) for row in range(3)]
    assert spoken == [
        "View 1, Face, at rest, safe",
        "View 2, Face, smiling, next in the series",
        "View 3, 45° right, smiling, open",
    ]
