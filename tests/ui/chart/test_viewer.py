# SPDX-License-Identifier: GPL-3.0-or-later
"""Full size: recorded before it is shown, one at a time or two beside each other, nothing kept when left."""

from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from clinicam.errors import Corrupt, WriteFailed
from clinicam.identity import ImageId
from clinicam.ui.compare import CompareScreen
from clinicam.ui.kit import Button, TextLabel
from clinicam.ui.strip_tool import StripTool
from clinicam.ui.viewer import ViewerScreen, pair_for
from clinicam.vault.model import ImageEntry
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import DAY, MARSH, NOW, entry, jpeg
from tests.ui.conftest import Strays


@pytest.fixture
def images(desk: Desk) -> tuple[ImageEntry, ...]:
    desk.surgery.visit(MARSH, NOW - 30 * DAY, "ortho-records", ("EV15", "IV07"))
    desk.surgery.visit(MARSH, NOW - 2 * DAY, "ortho-records", ("EV15", "IV07", "IV03"))
    return desk.surgery.vault.images(patient=MARSH.patient)


@pytest.fixture
def viewer(desk: Desk) -> ViewerScreen:
    made = ViewerScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(made, 1280)
    return made


@pytest.fixture
def compare(desk: Desk) -> CompareScreen:
    made = CompareScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(made, 1280)
    return made


def look(desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...], index: int) -> None:
    viewer.show_images(MARSH, images, index)
    viewer.enter()
    desk.bot.waitUntil(lambda: viewer.stage.picture is not None)
    desk.settle()


class TestViewer:
    def test_a_view_is_recorded_before_its_first_byte_is_read(
        self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        look(desk, viewer, images, 1)
        assert desk.surgery.vault.order[:2] == ["noted", "read"]
        assert desk.surgery.vault.viewed == [images[1].image]

    def test_no_record_no_picture(self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]) -> None:
        desk.surgery.vault.broken = WriteFailed("flush")
        viewer.show_images(MARSH, images, 0)
        desk.settle()
        assert viewer.stage.picture is None
        assert desk.surgery.vault.reads == []

    def test_a_damaged_picture_says_so(self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]) -> None:
        desk.surgery.vault.unreadable = Corrupt("object")
        viewer.show_images(MARSH, images, 0)
        desk.settle()
        assert viewer.stage.picture is None
        assert viewer.stage._note

    def test_next_and_previous_by_key_are_each_recorded(
        self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        look(desk, viewer, images, 0)
        assert not desk.find(viewer, "viewer.previous", StripTool).isEnabled()
        QTest.keyClick(viewer.stage, Qt.Key.Key_PageDown)
        QTest.keyClick(viewer.stage, Qt.Key.Key_PageDown)
        QTest.keyClick(viewer.stage, Qt.Key.Key_PageUp)
        assert viewer.index == 1
        desk.settle()
        assert desk.surgery.vault.viewed == [images[i].image for i in (0, 1, 2, 1)]

    def test_the_last_one_wanted_is_the_one_shown(
        self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        for index in (0, 1, 2, 3, 4):
            viewer.show_images(MARSH, images, index)
        desk.bot.waitUntil(lambda: viewer.stage.picture is not None)
        desk.settle()
        assert "Right, mirror" in viewer.stage.accessibleName()
        said = " ".join(label.text() for label in viewer.findChildren(TextLabel))
        assert "5 of 5" in said

    def test_keys_of_the_stage(self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]) -> None:
        look(desk, viewer, images, 1)
        QTest.keyClick(viewer.stage, Qt.Key.Key_Z)
        assert viewer.stage.is_actual_size()
        QTest.keyClick(viewer.stage, Qt.Key.Key_0)
        assert viewer.stage.viewpoint.transform.isIdentity()
        QTest.keyClick(viewer.stage, Qt.Key.Key_Plus)
        QTest.keyClick(viewer.stage, Qt.Key.Key_Left)
        assert viewer.stage.viewpoint.zoom > 1
        assert viewer.stage.viewpoint.transform.dx() > 0
        with desk.bot.waitSignal(viewer.left):
            QTest.keyClick(viewer.stage, Qt.Key.Key_Escape)

    def test_compare_takes_the_same_view_of_an_earlier_visit(
        self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        look(desk, viewer, images, 3)
        with desk.bot.waitSignal(viewer.compare_wanted) as wanted:
            QTest.keyClick(viewer.stage, Qt.Key.Key_C)
        assert wanted.args == [MARSH, images[1], images[3]]

    def test_details_tell_what_is_known(self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]) -> None:
        look(desk, viewer, images, 1)
        QTest.keyClick(viewer.stage, Qt.Key.Key_I)
        said = " ".join(label.text() for label in viewer.findChildren(TextLabel) if label.isVisible())
        assert "Front, closed (IV07)" in said
        assert "300 x 200 pixels" in said
        assert "Looking at it is recorded." in said

    def test_leaving_drops_the_pixels(self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]) -> None:
        look(desk, viewer, images, 1)
        viewer.leave()
        assert viewer.stage.picture is None

    def test_raw_is_seen_through_its_preview(self, desk: Desk, viewer: ViewerScreen) -> None:
        raw = msgspec.structs.replace(
            entry(MARSH, None, NOW, "IV07"), media_type="image/x-nikon-nef", preview=ImageId(b"v" * 16)
        )
        desk.surgery.vault.put_image(raw, jpeg("IV07", (120, 80)))
        look(desk, viewer, (raw,), 0)
        assert desk.surgery.vault.reads == [b"v" * 16]
        assert desk.surgery.vault.viewed == [raw.image]

    def test_one_picture_has_nothing_beside_it(
        self, desk: Desk, viewer: ViewerScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        look(desk, viewer, images[:1], 0)
        assert not desk.find(viewer, "viewer.compare", Button).isEnabled()


class TestCompare:
    def pair(self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]) -> None:
        compare.show_pair(MARSH, images[1], images[3])
        compare.enter()
        panes = (compare.pane_a, compare.pane_b)
        desk.bot.waitUntil(lambda: all(pane.stage.picture is not None for pane in panes))
        desk.settle()

    def test_both_views_are_recorded(self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]) -> None:
        self.pair(desk, compare, images)
        assert set(desk.surgery.vault.viewed) == {images[1].image, images[3].image}

    def test_linked_panes_have_one_transform(
        self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        self.pair(desk, compare, images)
        a, b = compare.pane_a.stage, compare.pane_b.stage
        assert compare.linked
        QTest.keyClick(a, Qt.Key.Key_Plus)
        QTest.keyClick(b, Qt.Key.Key_Right)
        assert a.viewpoint.transform == b.viewpoint.transform
        assert not a.viewpoint.transform.isIdentity()
        assert a.picture is not None
        assert b.picture is not None
        assert a.placement(a.picture) == b.placement(b.picture)

    def test_unlinked_panes_part_and_meet_again(
        self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        self.pair(desk, compare, images)
        a, b = compare.pane_a.stage, compare.pane_b.stage
        QTest.keyClick(b, Qt.Key.Key_L)
        parted = compare.linked
        assert not parted
        QTest.keyClick(b, Qt.Key.Key_Plus)
        assert a.viewpoint.transform.isIdentity()
        there = b.viewpoint.transform
        QTest.keyClick(b, Qt.Key.Key_L)
        assert compare.linked
        assert a.viewpoint.transform == there

    def test_the_marked_pane_takes_the_picture_picked(
        self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        compare.show_pair(MARSH, images[0], images[3])
        desk.settle()
        strip = compare._strip
        assert strip.model().rowCount() == 5
        compare.pane_a.stage.setFocus()
        marks = (compare.pane_a.stage.marked, compare.pane_b.stage.marked)
        assert marks == (True, False)
        strip.setFocus()
        strip.setCurrentIndex(strip.model().index(4, 0))
        QTest.keyClick(strip, Qt.Key.Key_Return)
        assert compare.pane_a.entry == images[4]
        assert compare.pane_b.entry == images[3]
        desk.settle()
        assert desk.surgery.vault.viewed[-1] == images[4].image

    def test_the_strip_shows_the_same_view_through_time(
        self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        self.pair(desk, compare, images)
        assert compare._pictures.entries == (images[1], images[3])

    def test_over_and_flicker(self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]) -> None:
        self.pair(desk, compare, images)
        a = compare.pane_a.stage
        QTest.keyClick(compare.pane_b.stage, Qt.Key.Key_2)
        assert compare.mode == "over"
        assert not compare.pane_b.isVisible()
        assert a._over is compare.pane_b.stage.picture
        QTest.keyClick(a, Qt.Key.Key_3)
        assert a._over is None
        QTest.keyPress(a, Qt.Key.Key_C)
        assert a._over is compare.pane_b.stage.picture
        QTest.keyRelease(a, Qt.Key.Key_C)
        assert a._over is None
        QTest.keyClick(a, Qt.Key.Key_1)
        assert compare.pane_b.isVisible()

    def test_days_between(self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]) -> None:
        self.pair(desk, compare, images)
        said = " ".join(label.text() for label in compare.findChildren(TextLabel))
        assert "A, 28 days earlier" in said
        assert "B, 28 days later" in said

    def test_esc_goes_back_and_nothing_stays(
        self, desk: Desk, compare: CompareScreen, images: tuple[ImageEntry, ...]
    ) -> None:
        self.pair(desk, compare, images)
        with desk.bot.waitSignal(compare.left):
            QTest.keyClick(compare.pane_b.stage, Qt.Key.Key_Escape)
        compare.leave()
        assert compare.pane_a.stage.picture is None
        assert compare.pane_b.stage.picture is None


@pytest.mark.parametrize(("width", "height", "text"), [(1280, 696, 1.0), (1920, 1056, 1.0), (1280, 672, 2.0)])
def test_nothing_is_cut(
    desk: Desk, strays: Strays, images: tuple[ImageEntry, ...], width: int, height: int, text: float
) -> None:
    desk.theme.set_text_scale(text)
    viewer = ViewerScreen(desk.surgery, desk.bridge, desk.theme)
    compare = CompareScreen(desk.surgery, desk.bridge, desk.theme)
    strays.wanted |= {viewer, compare}
    desk.open(viewer, width, height)
    look(desk, viewer, images, 1)
    QTest.keyClick(viewer.stage, Qt.Key.Key_I)
    desk.look_at(viewer)
    desk.open(compare, width, height)
    compare.show_pair(MARSH, images[1], images[3])
    desk.settle()
    desk.look_at(compare)


def test_what_goes_with_a_picture() -> None:
    first, second = entry(MARSH, None, NOW, "IV07"), entry(MARSH, None, NOW + DAY, "IV03")
    assert pair_for(first, [first, second]) == (first, second)
    assert pair_for(second, [first, second]) == (first, second)
