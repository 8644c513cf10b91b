# SPDX-License-Identifier: GPL-3.0-or-later
"""Thousands of pictures: only what is seen is read, the store stays small, rows speak, painting leaks nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QColor, QImage
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from clinicam.errors import Corrupt
from clinicam.permits import Admission
from clinicam.ui.gallery import GalleryModel, GalleryView, one_per_frame
from clinicam.ui.theme import Theme
from clinicam.ui.thumbnails import AT_WORK, KEPT, Thumbnails
from clinicam.vault.model import ImageEntry
from tests.ui.chart.fakes import MARSH, NOW, entry

NAMES = {"IV07": "Front, closed"}


class Shop:
    """Counts what was asked of it; answers at once, or when told."""

    def __init__(self) -> None:
        self.asked: list[bytes] = []
        self.waiting: list[Callable[[], None]] = []
        self.at_once = True
        self.broken: set[bytes] = set()

    def load(self, one: ImageEntry) -> QImage:
        self.asked.append(one.image)
        if one.image in self.broken:
            raise Corrupt("object")
        image = QImage(60, 40, QImage.Format.Format_RGB32)
        image.fill(QColor("#336699"))
        return image

    def run(
        self, work: Callable[[], QImage], done: Callable[[QImage], None], failed: Callable[[BaseException], None], /
    ) -> None:
        def go() -> None:
            try:
                image = work()
            except Corrupt as problem:
                failed(problem)
            else:
                done(image)

        if self.at_once:
            go()
        else:
            self.waiting.append(go)


@pytest.fixture
def shop() -> Shop:
    return Shop()


def make(qtbot: QtBot, theme: Theme, shop: Shop, count: int) -> tuple[GalleryView, GalleryModel]:
    thumbnails = Thumbnails(shop.load, shop.run)
    model = GalleryModel(thumbnails, simulated=True)
    thumbnails.setParent(model)
    view = GalleryView(theme, model)
    model.setParent(view)
    qtbot.addWidget(view)
    view.resize(606, 560)
    model.show([entry(MARSH, None, NOW + i * 1000, "IV07") for i in range(count)], NAMES)
    with qtbot.waitActive(view):
        view.show()
    return view, model


def test_three_columns_fit_the_mockup_and_the_bar_never_moves_them(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    few, _ = make(qtbot, theme, shop, 3)
    many, _ = make(qtbot, theme, shop, 300)
    assert few.tile == many.tile
    assert few.gridSize() == many.gridSize()
    assert 174 <= few.tile.width() <= 177
    rows = {many.visualRect(many.model().index(i, 0)).top() for i in range(3)}
    assert len(rows) == 1
    assert many.content_height() == 100 * many.gridSize().height()


def test_of_five_thousand_only_what_is_seen_is_read(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    view, _ = make(qtbot, theme, shop, 5000)
    view.grab()
    assert 9 <= len(shop.asked) <= 18
    view.verticalScrollBar().setValue(view.verticalScrollBar().maximum())
    view.grab()
    assert len(shop.asked) <= 40


def test_the_store_forgets_what_was_used_longest_ago(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    _, model = make(qtbot, theme, shop, KEPT + 50)
    for row in range(KEPT + 50):
        model.thumbnail(row)
    assert model.thumbnails.held == KEPT
    asked = len(shop.asked)
    model.thumbnail(KEPT + 49)
    assert len(shop.asked) == asked
    model.thumbnail(0)
    assert len(shop.asked) == asked + 1


def test_the_pool_is_asked_for_few_at_a_time_and_the_latest_first(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    shop.at_once = False
    thumbnails = Thumbnails(shop.load, shop.run)
    entries = [entry(MARSH, None, NOW + i, "IV07") for i in range(20)]
    for one in entries:
        thumbnails.pixmap(one)
    assert len(shop.waiting) == AT_WORK
    shop.waiting[0]()
    shop.waiting[-1]()
    assert shop.asked[-1] == entries[-1].image


def test_what_arrives_after_forgetting_is_dropped(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    shop.at_once = False
    thumbnails = Thumbnails(shop.load, shop.run)
    thumbnails.pixmap(entry(MARSH, None, NOW, "IV07"))
    thumbnails.forget()
    with qtbot.assertNotEmitted(thumbnails.ready):
        shop.waiting[0]()
    assert thumbnails.held == 0


def test_an_unreadable_picture_is_said_and_not_asked_for_again(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    one = entry(MARSH, None, NOW, "IV07")
    shop.broken.add(one.image)
    view, model = make(qtbot, theme, shop, 0)
    model.show([one], NAMES)
    view.grab()
    view.grab()
    assert shop.asked.count(one.image) == 1
    assert "cannot be opened" in model.spoken(0)


def test_rows_speak_all_their_words_and_states(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    view, model = make(qtbot, theme, shop, 0)
    model.show([entry(MARSH, None, NOW, "IV07", unfiled=True), entry(MARSH, None, NOW, "XX99")], NAMES)
    interface = QAccessible.queryAccessibleInterface(view)
    assert interface is not None
    said = [interface.child(i).text(QAccessible.Text.Name) for i in range(interface.childCount())]
    assert said[0] == "Front, closed, IV07, 21-Nov-2026, simulated, not filed yet"
    assert said[1] == "XX99, 21-Nov-2026, simulated"


def test_raw_and_jpeg_are_one_frame() -> None:
    jpeg_file = entry(MARSH, None, NOW, "IV07")
    raw = msgspec.structs.replace(jpeg_file, image=b"r" * 16, media_type="image/x-nikon-nef")
    other = entry(MARSH, None, NOW + 1, "IV03")
    assert one_per_frame([raw, jpeg_file, other]) == (jpeg_file, other)
    assert one_per_frame([raw]) == (raw,)


def test_keys_open_and_mark(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    view, _ = make(qtbot, theme, shop, 9)
    view.setFocus()
    view.setCurrentIndex(view.model().index(0, 0))
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view.currentIndex().row() == 1
    with qtbot.waitSignal(view.open_requested) as opened:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert opened.args == [1]
    QTest.keyClick(view, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.marked() == (1, 4)
    QTest.keyClick(view, Qt.Key.Key_Space)
    assert view.marked() == (1,)


def test_a_double_click_opens(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    view, model = make(qtbot, theme, shop, 9)
    place = view.visualRect(model.index(4)).center()
    with qtbot.waitSignal(view.open_requested) as opened:
        QTest.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert opened.args == [4]


def test_none_is_steady_over_200_repaints(qtbot: QtBot, theme: Theme, shop: Shop) -> None:
    view, model = make(qtbot, theme, shop, 60)
    view.mark([1, 2])
    model.show(
        [msgspec.structs.replace(one, admission=Admission.UNFILED) for one in model.entries[:30]]
        + list(model.entries[30:]),
        NAMES,
    )
    view.grab()
    before = sys.getrefcount(None)
    for _ in range(200):
        view.grab()
    assert abs(sys.getrefcount(None) - before) < 40
