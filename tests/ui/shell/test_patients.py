# SPDX-License-Identifier: GPL-3.0-or-later
"""Finding, matching and adding patients."""

from __future__ import annotations

from datetime import date

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from clinicam.chart.call import LaunchCall, Source
from clinicam.consent.model import Confirmed, IdentityCheck
from clinicam.identity import Identifier, Patient
from clinicam.ui.patient_rows import PatientRow
from clinicam.ui.patients import PatientsScreen
from clinicam.ui.rooms import Rooms
from clinicam.ui.words import today
from tests.ui.shell.conftest import Desk

SOURCE = next(iter(Source))


def call(number: str = "", family: str = "", given: str = "", born: date | None = None) -> LaunchCall:
    numbers = (Identifier("NHS", number),) if number else ()
    return LaunchCall(numbers, family, given, born, SOURCE)


@pytest.fixture
def rooms(desk: Desk) -> Rooms:
    surgery = desk.station.surgery
    surgery.put_on_list(today())
    surgery.add_tasks()
    return desk.unlock()


@pytest.fixture
def screen(rooms: Rooms) -> PatientsScreen:
    return rooms.patients


@pytest.fixture
def opened(rooms: Rooms) -> list[tuple[Patient, IdentityCheck | None]]:
    """What the screen opens, with the chart itself left out."""
    seen: list[tuple[Patient, IdentityCheck | None]] = []
    rooms.patients.opened.disconnect(rooms.open_chart)
    rooms.patients.opened.connect(lambda patient, identity: seen.append((patient, identity)))
    return seen


def search(desk: Desk, screen: PatientsScreen, text: str) -> None:
    screen.box.edit.clear()
    QTest.keyClicks(screen.box.edit, text)
    screen._search()
    screen._pause.stop()
    desk.settle()


def rows(model_owner: object) -> list[PatientRow]:
    model = model_owner.model  # type: ignore[attr-defined]
    return [model.index(at, 0).data(Qt.ItemDataRole.UserRole) for at in range(model.rowCount())]


def test_typing_finds_and_enter_opens(
    desk: Desk, screen: PatientsScreen, opened: list[tuple[Patient, IdentityCheck | None]]
) -> None:
    assert desk.focus is screen.box.edit
    search(desk, screen, "marsh")
    assert screen.found.title.text() == "2 found"
    assert screen._similar.isVisible()
    desk.press(Qt.Key.Key_Down)
    desk.press(Qt.Key.Key_Return)
    assert [(one.given, check) for one, check in opened] == [("Eleonora", None)]


def test_enter_never_opens_what_was_found_for_other_letters(
    desk: Desk, screen: PatientsScreen, opened: list[tuple[Patient, IdentityCheck | None]]
) -> None:
    search(desk, screen, "okafor")
    screen.box.edit.selectAll()
    QTest.keyClicks(screen.box.edit, "lindqvist")
    desk.press(Qt.Key.Key_Return)
    assert not opened
    desk.press(Qt.Key.Key_Return)
    assert [one.family for one, _ in opened] == ["Lindqvist"]


def test_an_older_answer_never_replaces_a_newer(desk: Desk, screen: PatientsScreen) -> None:
    thread = desk.station.thread
    thread.hold()
    for text in ("marsh", "okafor"):
        screen.box.edit.setText(text)
        screen._search()
    held = thread.held or []
    held.reverse()
    thread.let_go()
    desk.settle()
    assert [one.patient.family for one in rows(screen.found)] == ["Okafor"]


def test_nobody_found_offers_to_add(desk: Desk, rooms: Rooms, screen: PatientsScreen) -> None:
    search(desk, screen, "Zimmermann Ute")
    assert screen.found.title.text() == "None found"
    assert screen._nobody.isVisible()
    assert screen._nobody.button is not None
    screen._nobody.button.click()
    desk.settle()
    assert desk.window.current is rooms.add
    assert (rooms.add.family.text(), rooms.add.given.text()) == ("Zimmermann", "Ute")


def test_today_and_what_is_left(screen: PatientsScreen) -> None:
    found = rows(screen.day)
    assert [one.time for one in found] == ["10:45", "11:10", "11:30", "12:00", "14:15"]
    assert screen.day.support.text() == "5 booked, 3 with pictures asked for"
    assert found[0].support == "Dr Aylin Demir asks: ortho records, 9 views"
    assert found[0].chip == "Not asked yet"
    assert "MARSH, Eleanor (Ms)" in found[0].spoken


def test_search_forgets_when_one_leaves(desk: Desk, rooms: Rooms, screen: PatientsScreen) -> None:
    search(desk, screen, "marsh")
    rooms.go("todo")
    assert screen.box.edit.text() == ""
    assert not rows(screen.found)


def test_the_match_card_hides_the_day_and_asks_for_it(
    desk: Desk, screen: PatientsScreen, opened: list[tuple[Patient, IdentityCheck | None]]
) -> None:
    desk.window.receive_call(call("9990604312"))
    desk.settle()
    card = screen.match
    assert card.isVisible()
    assert desk.focus is card.day
    assert "30" not in card._facts.text().split("·")[0]
    assert not card.button.isEnabled()
    QTest.keyClicks(card.day, "29")
    desk.press(Qt.Key.Key_Return)
    assert not opened
    assert card._wrong.isVisible()
    card.day.clear()
    QTest.keyClicks(card.day, "30")
    desk.press(Qt.Key.Key_Return)
    patient, check = opened[0]
    assert patient.family == "Okafor"
    assert check is not None
    assert check.confirmed == (Confirmed.NAME_SAID, Confirmed.BIRTHDAY_TYPED)
    assert check.verified_by == desk.station.surgery.me.staff
    assert not card.isVisible()


def test_calls_wait_for_each_other(desk: Desk, screen: PatientsScreen) -> None:
    desk.window.receive_call(call("9990604312"))
    desk.window.receive_call(call(family="Lindqvist", given="Per", born=date(1979, 7, 7)))
    desk.settle()
    assert "OKAFOR" in screen.match._name.text()
    screen.match.refused.emit()
    desk.settle()
    assert "LINDQVIST" in screen.match._name.text()
    screen.match.refused.emit()
    desk.settle()
    assert not screen.match.isVisible()
    assert desk.focus is screen.box.edit


def test_somebody_new_is_added_with_the_calls_details(desk: Desk, rooms: Rooms, screen: PatientsScreen) -> None:
    desk.window.receive_call(call(family="Smith", given="Ann", born=date(1980, 2, 29)))
    desk.settle()
    assert screen.match.button.text() == "Add this patient"
    screen.match.button.click()
    desk.settle()
    add = rooms.add
    assert desk.window.current is add
    assert (add.family.text(), add.day.text(), add.month.key, add.year.text()) == ("Smith", "29", "2", "1980")
    assert add.button.isEnabled()


def test_a_call_that_names_nobody_is_told(desk: Desk, screen: PatientsScreen) -> None:
    desk.window.receive_call(call("1111111111"))
    desk.settle()
    assert not screen.match.isVisible()
    assert "named nobody" in desk.window._toast.accessibleName()


def test_a_call_while_locked_waits(desk: Desk) -> None:
    desk.window.receive_call(call("9990604312"))
    rooms = desk.unlock()
    desk.settle()
    assert rooms.patients.match.isVisible()


def fill(rooms: Rooms, day: str, month: str, year: str) -> None:
    rooms.add_patient(None, "Smith Ann")
    rooms.add.day.set_text(day)
    rooms.add.month.choose(month)
    rooms.add.year.set_text(year)
    rooms.add._look()


@pytest.mark.parametrize(
    ("day", "month", "year", "lacks"),
    [
        ("31", "2", "1980", "a date of birth that exists"),
        ("29", "2", "1981", "a date of birth that exists"),
        ("1", "1", "3000", "the marked field"),
        ("1", "1", "1800", "the marked field"),
        ("", "1", "1980", "the date of birth"),
    ],
)
def test_an_impossible_birth_date_is_refused_in_words(
    rooms: Rooms, day: str, month: str, year: str, lacks: str
) -> None:
    fill(rooms, day, month, year)
    assert not rooms.add.button.isEnabled()
    assert lacks in rooms.add.foot.words


def test_hostile_text_is_marked_not_taken(rooms: Rooms) -> None:
    fill(rooms, "1", "1", "1980")
    assert rooms.add.button.isEnabled()
    rooms.add.family.set_text("Smith\u202egnp")
    assert not rooms.add.button.isEnabled()
    assert "cannot be shown" in rooms.add.family.note.text()


def test_a_patient_is_added_and_the_chart_opens(desk: Desk, rooms: Rooms) -> None:
    added: list[Patient] = []
    rooms.add.added.disconnect(rooms.open_chart)
    rooms.add.added.connect(added.append)
    fill(rooms, "29", "2", "1980")
    desk.press(Qt.Key.Key_Return)
    desk.settle()
    assert [one.family for one in added] == ["Smith"]
    assert desk.station.surgery.patients.search("smith")[0].patient.born == date(1980, 2, 29)


def test_the_same_person_is_not_added_twice_unasked(desk: Desk, rooms: Rooms) -> None:
    fill(rooms, "30", "1", "1961")
    rooms.add.family.set_text("OKAFOR")
    rooms.add.given.set_text("daniel")
    rooms.add.button.click()
    desk.settle()
    assert rooms.add.notice.isVisible()
    assert len(desk.station.surgery.patients.search("okafor")) == 1
    rooms.add.button.click()
    desk.settle()
    assert len(desk.station.surgery.patients.search("okafor")) == 2
