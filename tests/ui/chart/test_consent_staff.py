# SPDX-License-Identifier: GPL-3.0-or-later
"""The staff's part: what is open is listed, the patient alone answers, every outcome is recorded as what it was."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QWidget

from clinicam.camera.port import CameraState, CameraStatus
from clinicam.consent.events import Answered, Asked
from clinicam.consent.model import ConsentAnswer, Method
from clinicam.consent.status import ConsentState, ConsentStatus
from clinicam.identity import Patient
from clinicam.permits import BodySite
from clinicam.practice.tasks import TaskKind
from clinicam.ui.consent_patient import ConsentPatientWindow
from clinicam.ui.consent_staff import ConsentScreen
from clinicam.ui.kit import BlockerRow, Button, ChoiceField, RadioCard, TextLabel
from clinicam.ui.signature_pad import SignaturePad
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import BRENNAN, LINDQVIST, MARSH, FakeSurgery
from tests.ui.conftest import Strays


@pytest.fixture
def screen(desk: Desk) -> ConsentScreen:
    made = ConsentScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(made)
    return made


def begin(desk: Desk, screen: ConsentScreen, patient: Patient = LINDQVIST, *, confirmed: bool = True) -> None:
    screen.show_patient(patient, desk.surgery.identity() if confirmed else None)
    desk.settle()
    screen.enter()


def fill(desk: Desk, screen: ConsentScreen) -> None:
    """Reason and clinician, as somebody would choose them."""
    desk.find(screen, "consent.reason", ChoiceField).choose("tooth-repair", quietly=False)
    key = desk.surgery.demir.staff.hex()
    desk.find(screen, "consent.clinician", ChoiceField).choose(key, quietly=False)


def opened(desk: Desk, screen: ConsentScreen) -> ConsentPatientWindow:
    """Hand over and wait for the patient's window."""
    desk.click(screen, "consent.hand_over")
    desk.bot.waitUntil(lambda: screen.patient_window is not None)
    window = screen.patient_window
    assert window is not None
    window.showNormal()
    window.resize(1280, 720)
    desk.bot.waitUntil(window.items.is_all_shown)
    return window


def codes(screen: ConsentScreen) -> list[str]:
    return list(screen.blockers.open_codes)


def state_of(desk: Desk, patient: Patient = LINDQVIST) -> ConsentState:
    return desk.surgery.consents.current(patient.patient)[0]


def words(host: QWidget) -> str:
    return " | ".join(label.text() for label in host.findChildren(TextLabel) if label.isVisible())


def test_all_that_is_open_is_listed_at_once(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen, confirmed=False)
    assert codes(screen) == ["C2", "C3", "C10"]
    desk.bot.waitUntil(lambda: len([r for r in screen.findChildren(BlockerRow) if r.isVisible()]) == 3)
    assert "3 things are open" in words(screen.blockers)
    for name in ("hand_over", "said_no", "paper"):
        assert not desk.find(screen, f"consent.{name}", Button).isEnabled()


def test_each_step_takes_its_line_away(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    assert codes(screen) == ["C3", "C10"]
    desk.find(screen, "consent.reason", ChoiceField).choose("tooth-repair", quietly=False)
    assert codes(screen) == ["C10"]
    assert desk.find(screen, "consent.site_mouth", Button).isChecked()
    fill(desk, screen)
    assert codes(screen) == []
    assert desk.find(screen, "consent.hand_over", Button).text() == "Hand to \u2068Per\u2069"
    assert desk.find(screen, "consent.hand_over", Button).isEnabled()


def test_the_focus_opens_on_what_is_missing(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen, confirmed=False)
    assert desk.find(screen, "consent.name_said", RadioCard).hasFocus()
    begin(desk, screen)
    desk.find(screen, "consent.reason", ChoiceField).choose("tooth-repair", quietly=False)
    screen.enter()
    clinician = desk.find(screen, "consent.clinician", ChoiceField)
    assert clinician.isAncestorOf(screen.focusWidget())


def test_the_birthday_has_to_be_right(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen, confirmed=False)
    desk.click(screen, "consent.name_said")
    day = desk.find(screen, "consent.birthday", QLineEdit)
    QTest.keyClicks(day, "08")
    assert "C2" in codes(screen)
    assert "Not the day in this chart" in " ".join(label.text() for label in screen.findChildren(TextLabel))
    day.clear()
    QTest.keyClicks(day, "07")
    assert "C2" not in codes(screen)
    draft = screen.form.draft()
    assert draft is not None
    assert draft.identity is not None
    assert len(draft.identity.confirmed) == 2


def test_a_reason_in_words_and_another_body_area(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    desk.find(screen, "consent.reason", ChoiceField).choose("other", quietly=False)
    desk.find(screen, "consent.site_other", Button).click()
    assert "C3" in codes(screen)
    desk.find(screen, "consent.reason_text", QLineEdit).setText("The nail after the accident")
    assert "C3" in codes(screen)
    desk.find(screen, "consent.site_words", QLineEdit).setText("left thumb")
    assert codes(screen) == []
    draft = screen.form.draft()
    assert draft is not None
    assert BodySite.OTHER in draft.body_sites
    shown = screen.form.shown(draft)
    assert shown is not None
    assert "left thumb" in shown.question


def test_signed_yes_opens_the_session(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    window = opened(desk, screen)
    assert state_of(desk).status is ConsentStatus.WITH_PATIENT
    window.care.yes.click()
    desk.sign(desk.find(window, "patient.signature", SignaturePad))
    with desk.bot.waitSignal(screen.granted) as granted:
        desk.click(window, "patient.done")
    patient, state = granted.args
    assert patient == LINDQVIST
    assert state.status is ConsentStatus.ACTIVE
    assert state.method is Method.DRAWN
    history = desk.surgery.consents.history(LINDQVIST.patient, state.consent)
    asked, answered = history
    assert isinstance(asked, Asked)
    assert isinstance(answered, Answered)
    assert answered.signature is not None
    assert {item.item for item in answered.items} == {"why", "who", "where", "how-long", "no"}
    assert all(asked.at_ms <= item.shown_ms <= answered.at_ms for item in answered.items)
    assert answered.retention is not None


def test_nothing_can_be_changed_while_it_is_with_the_patient(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    window = opened(desk, screen)
    for name in ("consent.site_face", "consent.who_someone", "consent.method_spoken", "consent.close"):
        assert not desk.find(screen, name, QWidget).isEnabled()
    for name in ("consent.hand_over", "consent.said_no", "consent.paper"):
        assert not desk.find(screen, name, QWidget).isVisible()
    window.close()
    desk.settle()
    assert desk.find(screen, "consent.site_face", QWidget).isEnabled()


def test_a_closed_window_is_recorded_as_dismissed_and_can_be_handed_again(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    window = opened(desk, screen)
    with desk.bot.assertNotEmitted(screen.granted), desk.bot.assertNotEmitted(screen.finished):
        window.close()
        desk.settle()
    state = state_of(desk)
    assert state.last_answer is ConsentAnswer.DISMISSED
    assert state.status is not ConsentStatus.ACTIVE
    assert "closed without an answer" in words(screen)
    again = opened(desk, screen)
    again.care.yes.click()
    desk.sign(desk.find(again, "patient.signature", SignaturePad))
    with desk.bot.waitSignal(screen.granted):
        desk.click(again, "patient.done")


def test_staff_takes_the_screen_back(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    opened(desk, screen)
    desk.click(screen, "consent.take_back")
    desk.settle()
    assert screen.patient_window is None
    assert state_of(desk).last_answer is ConsentAnswer.DISMISSED


def test_leaving_closes_the_patients_window(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    opened(desk, screen)
    screen.leave()
    desk.settle()
    assert screen.patient_window is None
    assert state_of(desk).last_answer is ConsentAnswer.DISMISSED


def test_said_no_is_recorded_and_keeps_the_camera_shut(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    with desk.bot.waitSignal(screen.finished) as finished, desk.bot.assertNotEmitted(screen.granted):
        desk.click(screen, "consent.said_no")
    assert finished.args == [LINDQVIST]
    assert state_of(desk).status is ConsentStatus.DECLINED


def test_on_the_day_of_a_no_it_is_asked_again_only_with_a_reason(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    with desk.bot.waitSignal(screen.finished):
        desk.click(screen, "consent.said_no")
    begin(desk, screen)
    fill(desk, screen)
    again = desk.find(screen, "consent.again", QLineEdit)
    assert again.isVisible()
    desk.click(screen, "consent.hand_over")
    desk.bot.waitUntil(lambda: bool(desk.trouble))
    assert "said no today" in desk.trouble[-1].sentence
    assert screen.patient_window is None
    again.setText("asked for it himself after the talk")
    opened(desk, screen).close()
    desk.settle()


def test_a_paper_form_to_come_is_a_task_and_opens_nothing(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    desk.click(screen, "consent.paper")
    assert not desk.find(screen, "consent.paper_seen", Button).isEnabled()
    with desk.bot.waitSignal(screen.finished), desk.bot.assertNotEmitted(screen.granted):
        desk.click(screen, "consent.paper_later")
    assert state_of(desk).status is ConsentStatus.PAPER_EXPECTED
    assert [task.kind for task in desk.surgery.tasks.pending(LINDQVIST.patient)] == [TaskKind.PAPER_TO_SCAN]


def test_a_nurse_cannot_record_a_spoken_yes(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    desk.click(screen, "consent.method_spoken")
    assert codes(screen) == ["C10"]
    assert not desk.find(screen, "consent.hand_over", Button).isEnabled()


class TestClinician:
    """A clinician alone: chosen as who explained it, may record what was said."""

    @pytest.fixture
    def own(self, desk: Desk) -> ConsentScreen:
        desk.surgery = FakeSurgery(as_clinician=True)
        made = ConsentScreen(desk.surgery, desk.bridge, desk.theme)
        desk.open(made)
        begin(desk, made)
        desk.find(made, "consent.reason", ChoiceField).choose("tooth-repair", quietly=False)
        return made

    def test_one_choice_and_it_can_be_handed_over(self, desk: Desk, own: ConsentScreen) -> None:
        assert codes(own) == []

    def test_spoken_yes_opens(self, desk: Desk, own: ConsentScreen) -> None:
        desk.click(own, "consent.method_spoken")
        assert desk.find(own, "consent.hand_over", Button).text() == "\u2068Per\u2069 said yes"
        with desk.bot.waitSignal(own.granted) as granted:
            desk.click(own, "consent.hand_over")
        assert granted.args[1].method is Method.SPOKEN

    def test_no_after_spoken_was_chosen(self, desk: Desk, own: ConsentScreen) -> None:
        desk.click(own, "consent.method_spoken")
        with desk.bot.waitSignal(own.finished):
            desk.click(own, "consent.said_no")
        assert state_of(desk).status is ConsentStatus.DECLINED

    def test_paper_signed_here_opens_and_leaves_a_task(self, desk: Desk, own: ConsentScreen) -> None:
        desk.click(own, "consent.paper")
        with desk.bot.waitSignal(own.granted) as granted:
            desk.click(own, "consent.paper_seen")
        assert granted.args[1].method is Method.PAPER
        assert [task.kind for task in desk.surgery.tasks.pending(LINDQVIST.patient)] == [TaskKind.PAPER_TO_SCAN]

    def test_a_spoken_yes_for_a_child_needs_the_childs(self, desk: Desk, own: ConsentScreen) -> None:
        begin(desk, own, BRENNAN)
        desk.find(own, "consent.reason", ChoiceField).choose("tooth-repair", quietly=False)
        desk.find(own, "consent.parent_name", QLineEdit).setText("Siobhan Brennan")
        desk.find(own, "consent.authority", RadioCard).click()
        desk.find(own, "consent.method_spoken", RadioCard).click()
        assert codes(own) == ["C10"]
        desk.find(own, "consent.own_yes", RadioCard).click()
        assert codes(own) == []
        with desk.bot.waitSignal(own.granted):
            desk.find(own, "consent.hand_over", Button).click()
        answered = state_of(desk, BRENNAN).answered
        assert answered is not None
        assert answered.own_yes is True


class TestChild:
    """Below the age of the profile a parent decides."""

    def test_a_parent_declares_and_signs_with_the_childs_own_yes(self, desk: Desk, screen: ConsentScreen) -> None:
        begin(desk, screen, BRENNAN)
        fill(desk, screen)
        assert codes(screen) == ["C5"]
        desk.find(screen, "consent.parent_name", QLineEdit).setText("Siobhan Brennan")
        assert codes(screen) == ["C5"]
        desk.find(screen, "consent.authority", RadioCard).click()
        assert codes(screen) == []
        window = opened(desk, screen)
        window.care.yes.click()
        assert window.own is not None
        window.own.yes.click()
        desk.sign(desk.find(window, "patient.signature", SignaturePad))
        with desk.bot.waitSignal(screen.granted) as granted:
            desk.click(window, "patient.done")
        asked = granted.args[1].asked
        assert asked.signer.name == "Siobhan Brennan"
        assert asked.signer.authority_declared

    def test_a_child_alone_is_refused_in_words(self, desk: Desk, screen: ConsentScreen) -> None:
        begin(desk, screen, BRENNAN)
        fill(desk, screen)
        desk.find(screen, "consent.who_self", RadioCard).click()
        assert codes(screen) == ["C5"]
        desk.bot.waitUntil(lambda: "A parent decides" in words(screen.blockers))


@pytest.mark.parametrize("name", ["consent.who_cannot_wait", "consent.who_someone"])
def test_what_is_not_here_yet_is_refused_in_words(desk: Desk, screen: ConsentScreen, name: str) -> None:
    begin(desk, screen)
    fill(desk, screen)
    desk.click(screen, name)
    assert codes(screen) == ["C5"]
    assert not desk.find(screen, "consent.hand_over", Button).isEnabled()


def test_a_full_disk_hands_nothing_over(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    desk.surgery.vault.full = True
    desk.click(screen, "consent.hand_over")
    desk.bot.waitUntil(lambda: bool(desk.trouble))
    assert screen.patient_window is None
    desk.surgery.vault.full = False
    opened(desk, screen).close()
    desk.settle()


def test_the_camera_is_said_as_it_is(desk: Desk, screen: ConsentScreen) -> None:
    desk.surgery.status = CameraStatus(CameraState.ABSENT)
    begin(desk, screen)
    desk.bot.waitUntil(lambda: "The camera can be connected later." in words(screen.blockers))


def test_esc_leaves_but_not_while_it_is_with_the_patient(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    with desk.bot.waitSignal(screen.left):
        QTest.keyClick(screen, Qt.Key.Key_Escape)
    window = opened(desk, screen)
    with desk.bot.assertNotEmitted(screen.left):
        QTest.keyClick(screen, Qt.Key.Key_Escape)
    window.close()
    desk.settle()


def test_another_patient_starts_empty(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    fill(desk, screen)
    begin(desk, screen, MARSH, confirmed=False)
    draft = screen.form.draft()
    assert draft is not None
    assert (draft.patient, draft.reason, draft.body_sites, draft.identity) == (MARSH, None, frozenset(), None)


@pytest.mark.parametrize("patient", [LINDQVIST, BRENNAN])
@pytest.mark.parametrize(("width", "height", "text"), [(1192, 696, 1.0), (1832, 1056, 1.0), (1104, 672, 2.0)])
def test_nothing_is_cut(desk: Desk, strays: Strays, patient: Patient, width: int, height: int, text: float) -> None:
    desk.theme.set_text_scale(text)
    made = ConsentScreen(desk.surgery, desk.bridge, desk.theme)
    strays.wanted.add(made)
    desk.open(made, width, height)
    begin(desk, made, patient, confirmed=False)
    desk.look_at(made)
