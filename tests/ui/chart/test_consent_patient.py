# SPDX-License-Identifier: GPL-3.0-or-later
"""The patient's window: equal answers, nothing preset, every word as the form has it, closing is its own answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from clinicam.consent.model import ConsentAnswer
from clinicam.identity import Patient
from clinicam.ui.consent_patient import ConsentPatientWindow, PatientAnswer
from clinicam.ui.kit import Button, RadioCard, TextLabel
from clinicam.ui.signature_pad import SignaturePad
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import BRENNAN, LINDQVIST

Opener = Callable[..., "Handed"]


class Handed:
    """The window and what came back from it."""

    def __init__(self, desk: Desk, patient: Patient, size: tuple[int, int]) -> None:
        self.desk = desk
        self.shown = desk.surgery.shown(patient)
        self.window = ConsentPatientWindow(
            desk.theme,
            patient,
            self.shown,
            desk.surgery.clock.wall_ms,
            training=True,
            signer="Siobhan Brennan" if patient is BRENNAN else "",
        )
        self.answers: list[PatientAnswer] = []
        self.window.answered.connect(self.answers.append)
        desk.bot.addWidget(self.window)
        self.window.resize(*size)
        with desk.bot.waitActive(self.window):
            self.window.show()
        if size[1] >= 720:
            desk.bot.waitUntil(self.window.items.is_all_shown)

    def button(self, name: str) -> Button:
        return self.desk.find(self.window, f"patient.{name}", Button)

    def card(self, name: str) -> RadioCard:
        return self.desk.find(self.window, f"patient.{name}", RadioCard)

    @property
    def pad(self) -> SignaturePad:
        return self.desk.find(self.window, "patient.signature", SignaturePad)

    def click(self, name: str) -> None:
        self.desk.click(self.window, f"patient.{name}")


@pytest.fixture
def hand(desk: Desk) -> Opener:
    def make(patient: Patient = LINDQVIST, size: tuple[int, int] = (1280, 720)) -> Handed:
        return Handed(desk, patient, size)

    return make


def looks(card: RadioCard) -> tuple[object, ...]:
    """What the eye compares."""
    return (card.size(), card.y(), card.font(), card._role, card._centred, card._check, card.isEnabled())


def test_yes_and_no_are_equals_and_nothing_is_preset(hand: Opener) -> None:
    handed = hand()
    yes, no = handed.card("yes"), handed.card("no")
    assert looks(yes) == looks(no)
    assert (yes.width(), yes.height()) == (242, 84)
    assert not yes.isChecked()
    assert not no.isChecked()
    assert not handed.button("done").isEnabled()
    assert handed.pad.strokes == ()
    assert QApplication.focusWidget() not in {yes, no, handed.button("done")}


def test_both_answers_are_painted_alike(hand: Opener) -> None:
    handed = hand()
    yes, no = handed.card("yes"), handed.card("no")
    no.setText(yes.text())
    assert yes.grab().toImage() == no.grab().toImage()
    yes.click()
    chosen = yes.grab().toImage()
    no.click()
    assert no.grab().toImage() == chosen


def test_every_word_is_the_forms(hand: Opener) -> None:
    handed = hand()
    labels = [label.text() for label in handed.window.items.findChildren(TextLabel)]
    wanted = [handed.shown.title]
    for item in handed.shown.items:
        wanted += [item.title, item.text]
    assert labels == wanted
    on_screen = {label.text() for label in handed.window.findChildren(TextLabel)}
    cards = {card.text() for card in handed.window.findChildren(RadioCard)}
    assert {text for text in handed.shown.shown.texts if text} <= on_screen | cards


def test_yes_needs_a_signature(hand: Opener) -> None:
    handed = hand()
    handed.click("yes")
    assert not handed.button("done").isEnabled()
    handed.desk.sign(handed.pad)
    assert handed.button("done").isEnabled()
    handed.click("start_again")
    assert not handed.button("done").isEnabled()
    handed.desk.sign(handed.pad)
    handed.click("done")
    (given,) = handed.answers
    assert given.answer is ConsentAnswer.GIVEN
    assert len(given.strokes) == 1
    assert (given.width, given.height) == (500, 196)
    assert [item.item for item in given.items] == [item.id for item in handed.shown.items]
    assert not handed.window.isVisible()


def test_no_needs_nothing_more_and_carries_no_strokes(hand: Opener) -> None:
    handed = hand()
    handed.desk.sign(handed.pad)
    handed.click("no")
    handed.click("done")
    (given,) = handed.answers
    assert given.answer is ConsentAnswer.REFUSED
    assert given.strokes == ()


@pytest.mark.parametrize("how", ["esc", "close", "take back", "after a yes"])
def test_closing_is_dismissed_and_said_once(hand: Opener, how: str) -> None:
    handed = hand()
    if how == "after a yes":
        handed.click("yes")
        handed.desk.sign(handed.pad)
        handed.window.close()
    elif how == "esc":
        QTest.keyClick(handed.window, Qt.Key.Key_Escape)
    elif how == "take back":
        handed.window.take_back()
    else:
        handed.window.close()
    handed.window.close()
    (given,) = handed.answers
    assert given.answer is ConsentAnswer.DISMISSED
    assert given.strokes == ()


def test_esc_is_dismissed_wherever_the_focus_is(hand: Opener) -> None:
    handed = hand()
    handed.card("yes").setFocus()
    QTest.keyClick(handed.card("yes"), Qt.Key.Key_Escape)
    assert [one.answer for one in handed.answers] == [ConsentAnswer.DISMISSED]


def test_nothing_can_be_signed_before_all_was_read(hand: Opener) -> None:
    handed = hand(size=(1280, 420))
    handed.desk.bot.waitUntil(lambda: bool(handed.window.items.shown()))
    assert not handed.window.items.is_all_shown()
    handed.card("no").click()
    assert not handed.button("done").isEnabled()
    assert not handed.pad.isEnabled()
    bar = handed.window._columns.verticalScrollBar()
    for place in range(0, bar.maximum() + 1, 40):
        bar.setValue(place)
        QApplication.processEvents()
    bar.setValue(bar.maximum())
    handed.desk.bot.waitUntil(handed.window.items.is_all_shown)
    assert handed.pad.isEnabled()
    assert handed.button("done").isEnabled()


def test_all_by_keyboard(hand: Opener) -> None:
    handed = hand()
    seen = []
    for _ in range(12):
        QTest.keyClick(QApplication.focusWidget() or handed.window, Qt.Key.Key_Tab)
        focus = QApplication.focusWidget()
        if focus is not None and focus.objectName() not in seen:
            seen.append(focus.objectName())
    # Content in reading order, what is above it last (ui.md 9); Done is not to be pressed yet.
    reached = [name for name in seen if name != "patient.window"]
    assert reached == ["patient.yes", "patient.no", "patient.signature", "patient.question", "patient.larger"]
    handed.card("no").setFocus()
    QTest.keyClick(handed.card("no"), Qt.Key.Key_Space)
    handed.button("done").setFocus()
    QTest.keyClick(handed.button("done"), Qt.Key.Key_Return)
    assert handed.answers[0].answer is ConsentAnswer.REFUSED


def test_enter_on_the_window_answers_nothing(hand: Opener) -> None:
    handed = hand()
    QTest.keyClick(handed.window, Qt.Key.Key_Return)
    QTest.keyClick(handed.window, Qt.Key.Key_Space)
    assert handed.answers == []
    assert not handed.card("yes").isChecked()


def test_larger_and_back_keeps_answer_and_signature(hand: Opener) -> None:
    handed = hand()
    handed.click("yes")
    handed.desk.sign(handed.pad)
    before = handed.pad.strokes
    staff = handed.desk.theme.text_scale
    handed.click("larger")
    assert handed.window.theme.text_scale > 1.3
    assert handed.desk.theme.text_scale == staff
    assert handed.pad.strokes == before
    assert handed.card("yes").isChecked()
    handed.click("larger")
    assert handed.window.theme.text_scale == 1.0
    assert handed.button("done").isEnabled()


def test_a_question_is_heard_and_answers_nothing(hand: Opener) -> None:
    handed = hand()
    with handed.desk.bot.waitSignal(handed.window.question):
        handed.click("question")
    assert handed.answers == []
    assert handed.window.isVisible()


class TestChild:
    """A parent answers, and the child says yes too."""

    def test_both_are_asked_as_equals(self, hand: Opener) -> None:
        handed = hand(BRENNAN)
        assert handed.shown.own_question
        cards = [handed.card(name) for name in ("yes", "no", "own_yes", "own_no")]
        assert len({(card.size().toTuple(), card._role) for card in cards}) == 1
        assert not any(card.isChecked() for card in cards)

    def test_the_parents_yes_waits_for_the_child(self, hand: Opener) -> None:
        handed = hand(BRENNAN)
        handed.click("yes")
        handed.desk.sign(handed.pad)
        assert not handed.button("done").isEnabled()
        handed.click("own_yes")
        handed.click("done")
        (given,) = handed.answers
        assert (given.answer, given.own_yes) == (ConsentAnswer.GIVEN, True)

    def test_the_childs_no_is_a_no_without_signature(self, hand: Opener) -> None:
        handed = hand(BRENNAN)
        handed.click("yes")
        handed.click("own_no")
        assert handed.button("done").isEnabled()
        handed.click("done")
        (given,) = handed.answers
        assert (given.answer, given.own_yes) == (ConsentAnswer.REFUSED, False)

    def test_it_is_signed_in_the_parents_name(self, hand: Opener) -> None:
        assert hand(BRENNAN).pad.caption.startswith("Siobhan Brennan, ")


@pytest.mark.parametrize("patient", [LINDQVIST, BRENNAN])
@pytest.mark.parametrize(("size", "larger"), [((1280, 720), False), ((1920, 1080), False), ((1280, 720), True)])
def test_nothing_is_cut(hand: Opener, patient: Patient, size: tuple[int, int], larger: bool) -> None:
    handed = hand(patient, size)
    if larger:
        handed.click("larger")
        QApplication.processEvents()
    handed.desk.look_at(handed.window)
    if not larger:
        assert handed.window._columns.verticalScrollBar().maximum() == 0


def test_dark_shows_the_same(desk: Desk, hand: Opener) -> None:
    handed = hand()
    desk.theme.set_dark(True)
    assert handed.window.theme.dark
    assert isinstance(handed.window, QWidget)


def test_the_privacy_key_covers_it(hand: Opener) -> None:
    handed = hand()
    handed.window.conceal(True)
    image = handed.window.grab().toImage()
    assert {image.pixelColor(x, y).name() for x in range(0, 1280, 40) for y in range(0, 720, 40)} == {"#eef1f4"}
    handed.window.conceal(False)
    assert handed.card("yes").isVisible()
