# SPDX-License-Identifier: GPL-3.0-or-later
"""A repeat visit is one question."""

from __future__ import annotations

import pytest

from clinicam.consent.model import ConsentAnswer
from clinicam.consent.status import CareToday
from clinicam.identity import Patient
from clinicam.ui.chart_data import state_today
from clinicam.ui.consent_staff import ConsentScreen
from clinicam.ui.kit import Button, RadioCard, TextLabel
from tests.ui.chart.conftest import Desk
from tests.ui.chart.fakes import BRENNAN, DAY, MARSH, NOW


@pytest.fixture
def screen(desk: Desk) -> ConsentScreen:
    made = ConsentScreen(desk.surgery, desk.bridge, desk.theme)
    desk.open(made)
    return made


def begin(desk: Desk, screen: ConsentScreen, patient: Patient = MARSH, *, confirmed: bool = True) -> None:
    desk.surgery.agree(patient, at_ms=NOW - 30 * DAY)
    screen.show_patient(patient, desk.surgery.identity() if confirmed else None)
    desk.settle()
    screen.enter()
    assert screen.happy.isVisible()


def test_nothing_is_preset_and_both_are_equals(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    yes, no = desk.find(screen, "happy.yes", RadioCard), desk.find(screen, "happy.no", RadioCard)
    assert yes.size() == no.size()
    assert yes._role == no._role
    assert not yes.isChecked()
    assert not no.isChecked()
    assert not desk.find(screen, "happy.done", Button).isEnabled()


def test_yes_opens_the_session_in_two_presses(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    desk.click(screen, "happy.yes")
    with desk.bot.waitSignal(screen.granted) as granted:
        desk.click(screen, "happy.done")
    state = granted.args[1]
    assert state_today((state,), CareToday.YES_TODAY, NOW) is state
    assert len(desk.surgery.consents.current(MARSH.patient)) == 1


def test_no_is_recorded_and_asked_about_only_with_a_reason_today(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    desk.click(screen, "happy.no")
    with desk.bot.waitSignal(screen.finished), desk.bot.assertNotEmitted(screen.granted):
        desk.click(screen, "happy.done")
    (state,) = desk.surgery.consents.current(MARSH.patient)
    assert state.last_answer is ConsentAnswer.REFUSED
    screen.show_patient(MARSH, desk.surgery.identity())
    desk.settle()
    assert not screen.happy.isVisible()


def test_the_right_patient_comes_first(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen, confirmed=False)
    desk.click(screen, "happy.yes")
    assert not desk.find(screen, "happy.done", Button).isEnabled()
    assert desk.find(screen, "happy.name_said", RadioCard).isVisible()


def test_a_child_is_asked_too(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen, BRENNAN)
    desk.click(screen, "happy.yes")
    assert not desk.find(screen, "happy.done", Button).isEnabled()
    desk.click(screen, "happy.own_yes")
    with desk.bot.waitSignal(screen.granted):
        desk.click(screen, "happy.done")


def test_a_childs_no_holds(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen, BRENNAN)
    desk.click(screen, "happy.yes")
    desk.click(screen, "happy.own_no")
    with desk.bot.waitSignal(screen.finished), desk.bot.assertNotEmitted(screen.granted):
        desk.click(screen, "happy.done")


def test_what_was_agreed_is_said(desk: Desk, screen: ConsentScreen) -> None:
    begin(desk, screen)
    said = " ".join(label.text() for label in screen.happy.findChildren(TextLabel))
    assert "Mouth and teeth, Face" in said
    assert "Signed 22-Oct-2026" in said
    assert "Dr Aylin Demir" in said


@pytest.mark.parametrize("patient", [MARSH, BRENNAN])
def test_nothing_is_cut(desk: Desk, screen: ConsentScreen, patient: Patient) -> None:
    begin(desk, screen, patient, confirmed=False)
    desk.look_at(screen)
