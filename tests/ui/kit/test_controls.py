# SPDX-License-Identifier: GPL-3.0-or-later
"""Controls of the kit: large enough, named, pressed by the keyboard, never cutting their words."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from clinicam.identity import Identifier, PatientId, make_patient
from clinicam.ui.icons import has_icon
from clinicam.ui.kit import (
    BlockerRow,
    Button,
    Chip,
    ChoiceField,
    Column,
    Columns,
    EmptyState,
    Field,
    FocusRing,
    FootBar,
    IdentityBanner,
    Notice,
    Option,
    ProgressLine,
    RadioCard,
    SegmentedChoice,
    ShotBadge,
    TextLabel,
    Toast,
)
from clinicam.ui.kit.band import COLORS, band_of
from clinicam.ui.kit.chip import DEFAULT_ICON
from clinicam.ui.theme import Theme
from clinicam.ui.tokens import contrast
from tests.ui.conftest import Strays
from tests.ui.look import faults, nameless

ELEANOR = make_patient(
    family="Marsh",
    given="Eleanor",
    title="Ms",
    born=date(1987, 3, 14),
    today=date(2026, 11, 21),
    identifiers=(Identifier("NHS", "9990412871"), Identifier("local", "TR-000412")),
    patient=PatientId(b"a" * 16),
)


@pytest.mark.parametrize(
    ("kind", "size", "height"),
    [
        ("primary", "normal", 44),
        ("secondary", "large", 57),
        ("danger", "normal", 44),
        ("quiet", "normal", 44),
        ("stop", "normal", 72),
        ("shoot", "normal", 100),
        ("tool", "normal", 57),
    ],
)
@pytest.mark.parametrize("scale", [1.0, 2.0])
def test_a_button_is_as_high_as_a_hand_needs(qtbot: QtBot, kind: str, size: str, height: int, scale: float) -> None:
    theme = Theme(text_scale=scale)
    button = Button(theme, "Release 3 pictures", kind, "send", "Esc", size)  # type: ignore[arg-type]
    qtbot.addWidget(button)
    assert button.sizeHint().height() == round(height * scale)
    assert button.sizeHint().width() >= 57 * scale
    assert button.accessibleName() == "Release 3 pictures"
    assert button.focusPolicy() == Qt.FocusPolicy.StrongFocus


@pytest.mark.parametrize("key", [Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space])
def test_keys_press_a_button_once(qtbot: QtBot, theme: Theme, key: Qt.Key) -> None:
    button = Button(theme, "Go on", "primary")
    qtbot.addWidget(button)
    pressed: list[bool] = []
    button.clicked.connect(lambda: pressed.append(True))
    button.show()
    QTest.keyClick(button, key)
    assert len(pressed) == 1
    button.press()
    assert len(pressed) == 2
    button.setEnabled(False)
    button.press()
    assert len(pressed) == 2


def test_a_narrow_button_breaks_its_words_and_grows_no_smaller(qtbot: QtBot, theme: Theme) -> None:
    button = Button(theme, "I have written it down: type it back", "primary", size="large")
    qtbot.addWidget(button)
    narrow = button.minimumSizeHint()
    assert narrow.width() < button.sizeHint().width()
    button.resize(narrow)
    assert not button.grab().isNull()


def test_text_wraps_to_the_height_it_asks_for(qtbot: QtBot, theme: Theme) -> None:
    label = TextLabel(theme, "Write on paper and lock it away, not in the same room as this computer.", "body")
    qtbot.addWidget(label)
    assert label.heightForWidth(2000) == 20
    assert label.heightForWidth(200) % 20 == 0
    assert label.heightForWidth(200) > label.heightForWidth(400)
    one_line = TextLabel(theme, "Patients", "title", wrap=False)
    qtbot.addWidget(one_line)
    assert one_line.sizeHint().height() == 32
    assert one_line.minimumSizeHint() == one_line.sizeHint()


def test_every_meaning_has_a_shape_of_its_own() -> None:
    shapes = [DEFAULT_ICON[one] for one in ("safe", "attention", "stopped", "work", "neutral")]
    assert len(set(shapes)) == len(shapes)
    assert all(one == "dashed" or has_icon(one) for one in shapes)


def test_a_chip_cannot_be_pressed_and_says_its_words(qtbot: QtBot, theme: Theme) -> None:
    chip = Chip(theme, "", "Care: yes", "safe")
    qtbot.addWidget(chip)
    assert chip.focusPolicy() == Qt.FocusPolicy.NoFocus
    assert chip.accessibleName() == "Care: yes"
    assert chip.sizeHint().height() == 28
    chip.set_state("", "Care: no", "neutral")
    assert (chip.text, chip.meaning) == ("Care: no", "neutral")


def test_the_banner_says_who_and_wraps_instead_of_cutting(qtbot: QtBot, theme: Theme) -> None:
    banner = IdentityBanner(theme)
    qtbot.addWidget(banner)
    banner.show_patient(ELEANOR, "", "Care: yes, this episode", "safe", today=date(2026, 11, 21))
    banner.add_action(Button(theme, "New session", "primary", "camera", "Ctrl N", "large"))
    spoken = banner.accessibleName()
    for part in ("MARSH, Eleanor (Ms)", "14-Mar-1987", "39y", "999 041 2871", "TR-000412", "Care: yes"):
        assert part in spoken
    banner.show()
    for width in (1192, 700, 480):
        banner.resize(width, max(banner.heightForWidth(width), banner.minimumHeight()))
        assert not faults(banner), width
    assert banner.heightForWidth(480) > 80


def test_the_band_is_the_same_for_ever_and_can_be_seen() -> None:
    assert band_of(PatientId(b"a" * 16)) == band_of(PatientId(b"a" * 16))
    bands = {band_of(PatientId(bytes([at]) * 16)) for at in range(200)}
    assert len(bands) > 25
    assert all(contrast(ground, figure) >= 2.5 for ground, figure in COLORS)
    assert all(contrast(ground, "#FFFFFF") >= 3 for ground, _ in COLORS)


def test_a_field_tells_its_trouble_until_it_is_typed_again(qtbot: QtBot, theme: Theme) -> None:
    field = Field(theme, "Password", secret=True, tall=True, help_text="At least 10")
    qtbot.addWidget(field)
    field.show()
    assert field.edit.accessibleName() == "Password"
    field.set_problem("The two are not the same.")
    assert field.note.text() == "The two are not the same."
    assert field.edit.property("wrong") is True
    QTest.keyClicks(field.edit, " x ")
    assert field.note.text() == "At least 10"
    assert field.text() == " x "
    assert field.edit.height() == 57


def test_a_choice_opens_in_its_place_and_is_walked_by_keys(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    choice = ChoiceField(theme, "Who", [Option("a", "Dr Demir"), Option("b", "Jo Pryce")], "Choose a clinician")
    Column(theme, window).addWidget(choice)
    taken: list[str] = []
    choice.chosen.connect(taken.append)
    window.show()
    head = choice.focusProxy()
    assert head is not None
    head.setFocus()
    QTest.keyClick(head, Qt.Key.Key_Down)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Return)
    assert taken == ["b"]
    assert choice.key == "b"
    assert window.focusWidget() is head
    QTest.keyClick(head, Qt.Key.Key_Space)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert choice.key == "b"
    choice.set_options([Option("c", "Other")])
    assert choice.key is None


def test_a_segmented_choice_walks_by_arrows(qtbot: QtBot, theme: Theme) -> None:
    choice = SegmentedChoice(theme, "Ghost", [("off", "Off"), ("outline", "Outline"), ("picture", "Picture")])
    qtbot.addWidget(choice)
    chosen: list[str] = []
    choice.chosen.connect(chosen.append)
    for key in (Qt.Key.Key_Right, Qt.Key.Key_End, Qt.Key.Key_Right, Qt.Key.Key_Home):
        QTest.keyClick(choice, key)
    assert chosen == ["outline", "picture", "off"]
    assert choice.accessibleName() == "Ghost: Off"


def test_yes_and_no_look_the_same(qtbot: QtBot, theme: Theme) -> None:
    yes, no = (RadioCard(theme, word, role="stop", centred=True, height=84) for word in ("Yes", "No"))
    for one in (yes, no):
        qtbot.addWidget(one)
        one.resize(242, 84)
    assert yes.sizeHint() == no.sizeHint()
    yes.setText("Same")
    no.setText("Same")
    assert yes.grab().toImage() == no.grab().toImage()
    yes.setChecked(True)
    no.setChecked(True)
    assert yes.grab().toImage() == no.grab().toImage()


def test_the_whole_kit_has_names_and_flashes_no_window(qtbot: QtBot, theme: Theme, strays: Strays) -> None:
    window = QWidget()
    strays.wanted.add(window)
    qtbot.addWidget(window)
    column = Column(theme, window, (16, 16, 16, 16), 12)
    progress = ProgressLine(theme, "Looking at every picture")
    progress.set_value(300, 4812)
    foot = FootBar(theme, Button(theme, "Back"), Button(theme, "Go on", "primary"))
    foot.set_words("Still needed: your name.")
    for widget in (
        Field(theme, "Name", help_text="as on paper"),
        ChoiceField(theme, "Who", [Option("a", "A")], "Choose"),
        RadioCard(theme, "Per himself", "adult"),
        BlockerRow(theme, "Say who held the discussion", "The dentist.", "C10", "Choose", "1", large=True),
        EmptyState(theme, "search", "Nobody found.", "Add a patient"),
        progress,
        Notice(theme, "Write on paper."),
        foot,
        ShotBadge(theme, "refused"),
    ):
        column.addWidget(widget)
    toast = Toast(theme, window)
    window.resize(900, 900)
    window.show()
    toast.say("Two pictures are safe")
    assert not faults(window)
    assert not nameless(window)
    toast.hide()
    theme.set_text_scale(2.0)
    theme.set_dark(True)
    window.resize(900, 2400)
    assert not faults(window)


def test_columns_stack_when_the_words_grow(qtbot: QtBot, theme: Theme) -> None:
    left, right = QWidget(), QWidget()
    columns = Columns(theme, [(left, 0), (right, 320)], stack_below=900, gap=16)
    qtbot.addWidget(columns)
    columns.resize(1192, 600)
    columns.show()
    assert not columns.stacked
    assert right.width() == 320
    theme.set_text_scale(2.0)
    assert columns.stacked
    assert right.maximumWidth() > 10_000


def test_the_ring_follows_the_focus_with_its_gap(qtbot: QtBot, theme: Theme) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    column = Column(theme, window, (40, 40, 40, 40), 40)
    one, other = Button(theme, "One"), Field(theme, "Other")
    column.addWidget(one)
    column.addWidget(other)
    ring = FocusRing(theme, window)
    window.show()
    qtbot.waitUntil(window.isActiveWindow)
    one.setFocus()
    assert ring.widget() is one
    assert ring.geometry() == one.geometry().adjusted(-5, -5, 5, 5)
    other.edit.setFocus()
    assert ring.widget() is other.edit
    assert ring.parentWidget() is window
