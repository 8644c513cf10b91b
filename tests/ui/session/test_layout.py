# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things stand: exactly as drawn at 1280x720 and full HD, and nothing lost at 200 % text."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QScrollArea, QWidget

from clinicam.capture.session import SessionState, ShotState
from clinicam.consent.causes import Cause, standing
from clinicam.ui.rail_painting import RowKind
from clinicam.ui.series_rail import RailWords, rail_rows
from clinicam.ui.session_layout import mirrored, places
from tests.ui.session.conftest import Desk
from tests.ui.session.fakes import ORTHO, shot, view_of
from tests.ui.session.pictures import teeth

FIVE_DONE = (True,) * 5 + (False,) * 4
SHOTS = tuple(shot(number, number - 1, ShotState.SAFE) for number in range(1, 6))
BUSY = view_of(view_index=5, shots=(*SHOTS, shot(6, -1, ShotState.REFUSED), shot(7, 5, ShotState.ENCRYPTING)))


def test_places_as_drawn_at_1280x720() -> None:
    put = places(1280, 696, 1.0, 0)
    assert put.stop == QRect(1068, 0, 212, 72)
    assert put.rail == QRect(0, 72, 264, 624)
    assert put.stage == QRect(264, 72, 752, 501)
    assert put.strip == QRect(264, 573, 752, 123)
    assert put.control == QRect(1016, 72, 264, 624)


def test_places_as_drawn_in_full_hd() -> None:
    put = places(1920, 1056, 1.0, 0)
    assert put.large
    assert put.rail.width() == put.control.width() == 344
    assert put.stage.width() == 1232
    assert abs(put.stage.height() - 821) <= 3


def test_right_to_left_leaves_stop_where_it_is() -> None:
    put = places(1280, 696, 1.0, 0)
    other = mirrored(put, 1280)
    assert other.stop == put.stop
    assert other.control.x() == 0
    assert other.rail.right() == 1279


def visible_in(screen: QWidget) -> Iterator[QWidget]:
    """Every button and label a person can see."""
    for widget in screen.findChildren(QWidget):
        if isinstance(widget, QAbstractButton | QLabel) and widget.isVisible():
            yield widget


def scrolls(widget: QWidget) -> bool:
    """Whether the widget lies in something that scrolls."""
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


@pytest.mark.parametrize("size", [(1280, 696), (1280, 720), (1920, 1056)])
@pytest.mark.parametrize(
    "view",
    [
        BUSY,
        view_of(SessionState.PAUSED, view_index=5, shots=SHOTS),
        view_of(SessionState.TROUBLE, blockers=(standing(Cause.CAMERA_ABSENT), standing(Cause.VAULT_FULL))),
        view_of(SessionState.STOP_ASKED, shots=SHOTS),
    ],
    ids=["ready", "paused", "trouble", "stop"],
)
def test_nothing_is_cut_or_covered(desk: Desk, view: object, size: tuple[int, int]) -> None:
    desk.surgery.vault.add(ORTHO.views[5].code, 1_000, teeth())
    desk.screen.resize(*size)
    desk.sitting.show(view)
    desk.bot.wait(30)
    inside = desk.screen.rect()
    buttons = []
    for widget in visible_in(desk.screen):
        box = QRect(widget.mapTo(desk.screen, QPoint(0, 0)), widget.size())
        if not scrolls(widget):
            assert inside.contains(box), (widget.objectName(), box)
            parent = widget.parentWidget()
            assert parent.rect().contains(widget.geometry()), (widget.objectName(), widget.geometry(), parent.rect())
        if isinstance(widget, QLabel) and widget.text():
            needed = widget.heightForWidth(widget.width()) if widget.hasHeightForWidth() else widget.sizeHint().height()
            assert widget.height() >= needed, (widget.text(), widget.size(), needed)
        if isinstance(widget, QAbstractButton):
            buttons.append((widget.objectName(), box))
    for at, (name, box) in enumerate(buttons):
        for other, covered in buttons[at + 1 :]:
            assert not box.intersects(covered), (name, other)


def test_targets_are_made_for_gloves(desk: Desk) -> None:
    desk.sitting.show(BUSY)
    for name in ("shoot", "retake", "next", "grid", "flip", "pause", "write", "finish", "privacy", "stop"):
        box = desk.find(f"session.{name}")
        assert box.width() >= 56, name
        assert box.height() >= 57, name


def test_200_percent_keeps_what_must_never_go(desk: Desk) -> None:
    desk.sitting.show(BUSY)
    desk.theme.set_text_scale(2.0)
    parts = desk.screen._parts
    inside = desk.screen.rect()
    for widget in (parts.stop, parts.control.shoot, parts.banner, parts.banner.chip):
        box = QRect(widget.mapTo(desk.screen, QPoint(0, 0)), widget.size())
        assert widget.isVisible()
        assert inside.contains(box)
    assert parts.banner.patient is not None
    labels = [one.text() for one in parts.banner.findChildren(QLabel)]
    assert any("MARSH, Eleanor" in text for text in labels)
    assert any("14-Mar-1987" in text for text in labels)
    assert parts.rail.width() <= 140
    assert not parts.rail.finish.isVisible()
    assert parts.control.finish.isVisible()
    assert parts.control.width() == desk.screen.width()
    model = desk.find("session.shots").model()  # type: ignore[attr-defined]
    assert model.rowCount() == 1
    desk.theme.set_text_scale(1.0)
    assert model.rowCount() == 7
    assert parts.rail.finish.isVisible()


def test_200_percent_gives_a_question_the_room(desk: Desk) -> None:
    desk.theme.set_text_scale(2.0)
    desk.sitting.show(view_of(SessionState.STOP_ASKED))
    parts = desk.screen._parts
    assert parts.pages.width() == desk.screen.width()
    assert parts.stop.isVisible()
    desk.sitting.show(view_of(SessionState.PAUSED))
    button = desk.find("session.resume")
    page = QRect(parts.pages.mapTo(desk.screen, QPoint(0, 0)), parts.pages.size())
    assert page.contains(QRect(button.mapTo(desk.screen, QPoint(0, 0)), button.size()))
    desk.sitting.show(BUSY)
    assert parts.rail.width() > 0


def test_finished_views_fold_when_the_series_is_longer_than_the_rail() -> None:
    words = RailWords()
    rows = rail_rows(BUSY, 458, words)
    assert [row.kind for row in rows] == [RowKind.FOLD, RowKind.DONE, RowKind.DONE, RowKind.CURRENT] + [
        RowKind.OPEN
    ] * 3
    assert (rows[0].name, rows[0].note) == ("Views 1 to 3", "3 safe")
    assert len(rail_rows(BUSY, 600, words)) == 9
    assert len(rail_rows(BUSY, 458, words, unfolded=True)) == 9
    nothing_done = view_of(view_index=5)
    assert len(rail_rows(nothing_done, 458, words)) == 9


def test_a_tap_unfolds(desk: Desk) -> None:
    desk.sitting.show(BUSY)
    views = desk.find("session.views")
    model = views.model()  # type: ignore[attr-defined]
    assert model.rowCount() == 7
    middle = views.visualRect(model.index(0, 0)).center()  # type: ignore[attr-defined]
    desk.bot.mouseClick(views.viewport(), Qt.MouseButton.LeftButton, pos=middle)  # type: ignore[attr-defined]
    assert model.rowCount() == 9
    assert desk.sitting.calls == []
