# SPDX-License-Identifier: GPL-3.0-or-later
"""The staff section: who sees what, and each sheet from the button to the good news or the reason why not."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import TypeVar

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QWidget
from pytestqt.exceptions import TimeoutError as QtTimeout
from pytestqt.qtbot import QtBot

from clinicam.errors import DiskFull
from clinicam.identity import Role, StaffId
from clinicam.practice.people import SignIn
from clinicam.practice.tasks import TaskKind
from clinicam.ui.bridge import Bridge
from clinicam.ui.kit import ChoiceField, TextLabel
from clinicam.ui.kit_new import NewKitSheet
from clinicam.ui.practice_screen import PracticeScreen
from clinicam.ui.practice_staff import StaffSection
from clinicam.ui.sheet import Sheet
from clinicam.ui.staff_edit import EditStaffSheet
from clinicam.ui.staff_slip import SlipSheet
from clinicam.ui.theme import Theme
from clinicam.vault.kit import rows_of
from clinicam.vault.people import Rank
from tests.ui.fakes import AYLIN, JO, NOW_MS, PASSWORD, RAVI, SAM, FakeSurgery
from tests.ui.look import faults, nameless

GOOD = "seven grey herons fishing"
DAY_MS = 86_400_000
W = TypeVar("W", bound=QWidget)


class Stage:
    """The Practice screen on the staff section, and what it said."""

    def __init__(self, qtbot: QtBot, theme: Theme, surgery: FakeSurgery, size: tuple[int, int] = (1192, 696)) -> None:
        self.surgery = surgery
        self.bot = qtbot
        self.bridge = Bridge(surgery.thread, surgery.pool)
        self.screen = PracticeScreen(surgery, self.bridge, theme)  # type: ignore[arg-type]
        qtbot.addWidget(self.screen)
        self.said: list[str] = []
        self.trouble: list[object] = []
        self.badges: list[int] = []
        self.screen.said.connect(self.said.append)
        self.screen.trouble.connect(self.trouble.append)
        self.section = self.screen.section("staff")
        assert isinstance(self.section, StaffSection)
        self.section.badge.connect(self.badges.append)
        self.screen.resize(*size)
        self.screen.show()
        qtbot.waitUntil(self.screen.isActiveWindow)
        self.screen.enter()
        self.screen.show_section("staff")
        self.settle()

    def settle(self) -> None:
        self.bot.waitUntil(lambda: not self.bridge.busy)
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def find(self, name: str, kind: type[W]) -> W:
        host = self.sheet if name.startswith("sheet.") else self.screen
        assert host is not None, name
        found = [one for one in host.findChildren(kind, name) if one.isVisible()]
        assert found, name
        return found[-1]

    def has(self, name: str) -> bool:
        return self.screen.findChild(QAbstractButton, name) is not None

    def press(self, name: str) -> None:
        button = self.find(name, QAbstractButton)
        assert button.isEnabled(), name
        button.click()
        self.settle()

    def type(self, name: str, text: str) -> None:
        edit = self.find(name, QLineEdit)
        edit.clear()
        QTest.keyClicks(edit, text)

    def password(self, prefix: str, one: str, again: str | None = None) -> None:
        self.type(f"{prefix}.password", one)
        self.type(f"{prefix}.password_again", one if again is None else again)

    @property
    def sheet(self) -> Sheet | None:
        shown = [one for one in self.screen.findChildren(Sheet) if one.isVisible()]
        return shown[0] if shown else None

    def words(self) -> str:
        shown = self.sheet if self.sheet is not None else self.screen
        return "\n".join(one.text() for one in shown.findChildren(TextLabel) if one.isVisible())

    def look(self) -> None:
        """Nothing cut, outside, overlapping or nameless; what lies behind a sheet does not count."""
        where = self.sheet if self.sheet is not None else self.section
        found: list[str] = []

        def is_right() -> bool:
            found[:] = [*faults(where), *nameless(where)]
            return not found

        with contextlib.suppress(QtTimeout):
            self.bot.waitUntil(is_right, timeout=2000)
        assert not found, "\n".join(found)


@pytest.fixture
def staged(qtbot: QtBot, theme: Theme) -> Callable[..., Stage]:
    def make(me: StaffId = SAM, prepare: Callable[[FakeSurgery], None] = lambda _: None, **more: object) -> Stage:
        surgery = FakeSurgery(me=me)
        prepare(surgery)
        return Stage(qtbot, theme, surgery, **more)  # type: ignore[arg-type]

    return make


def with_tasks(surgery: FakeSurgery) -> None:
    for kind in (TaskKind.DIAGNOSIS_TO_ADD, TaskKind.PAPER_TO_SCAN):
        surgery.tasks.open(kind, surgery.people[0].patient, now_ms=NOW_MS, wanted_from=AYLIN)


def with_places(surgery: FakeSurgery) -> None:
    surgery.keys.me = SAM
    surgery.locums.prepare("Locum")
    surgery.locums.prepare("Locum")
    surgery.keys.me = surgery.vault.user


def test_a_manager_finds_everything_and_a_nurse_only_their_own_password(staged: Callable[..., Stage]) -> None:
    stage = staged()
    for name in ("staff.add", "staff.password", "kits.make", "locums.prepare", "seconds.name", f"leave.{JO.hex()}"):
        assert stage.has(name), name
    # Nobody takes back their own keys, and the only kit stays.
    for name in (f"leave.{SAM.hex()}", f"reset.{SAM.hex()}", "revoke.1"):
        assert not stage.has(name), name
    assert "Sam Holt (you)" in stage.words()
    assert stage.find("staff.password", QWidget).hasFocus()
    nurse = staged(JO)
    assert nurse.has("staff.password")
    for name in ("staff.add", "kits.make", "locums.prepare", "seconds.name", f"edit.{JO.hex()}"):
        assert not nurse.has(name), name


@pytest.mark.parametrize(
    ("size", "scale"), [((1192, 696), 1.0), ((1832, 1056), 1.0), ((760, 900), 1.0), ((1192, 696), 2.0)]
)
def test_nothing_is_cut(
    qtbot: QtBot, theme: Theme, staged: Callable[..., Stage], size: tuple[int, int], scale: float
) -> None:
    theme.set_text_scale(scale)
    stage = staged(prepare=with_places, size=size)
    stage.look()
    for name in ("staff.add", "staff.password", f"edit.{JO.hex()}", f"leave.{JO.hex()}", "kits.make", "admit.1"):
        stage.press(name)
        stage.look()
        assert stage.sheet is not None
        stage.sheet.dismiss()


def test_somebody_new_types_their_own_password(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press("staff.add")
    stage.press("sheet.primary")
    for words in ("A name is needed.", "Choose at least one.", "They choose one now."):
        assert words in stage.words()
    stage.type("add.name", "Mo Lane")
    stage.type("add.post", "Nurse")
    stage.press("add.role_auditor")
    stage.press("add.role_nurse")
    assert not stage.find("add.role_auditor", QAbstractButton).isChecked()
    stage.password("add", "mo lane harbour")
    stage.press("sheet.primary")
    assert stage.sheet is not None
    stage.password("add", GOOD, GOOD + "!")
    stage.press("sheet.primary")
    assert "not the same" in stage.words()
    stage.password("add", GOOD)
    stage.press("sheet.primary")
    assert stage.sheet is None
    assert stage.said == ["Mo Lane can unlock now."]
    person = next(one for one in stage.surgery.office.people() if one.staff.name == "Mo Lane")
    assert person.sign_in is SignIn.YES
    assert person.staff.roles == {Role.NURSE}
    assert stage.surgery.keys.passwords[person.staff.staff] == GOOD
    assert "Mo Lane" in stage.words()


def test_what_the_vault_refuses_stays_in_the_sheet_with_what_was_typed(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press("staff.add")
    stage.type("add.name", "Mo Lane")
    stage.press("add.role_clinician")
    stage.password("add", GOOD)
    stage.surgery.keys.fails_with = DiskFull("no")
    stage.press("sheet.primary")
    assert "no room" in stage.words()
    assert stage.find("add.name", QLineEdit).text() == "Mo Lane"
    assert stage.said == []
    stage.press("sheet.primary")
    assert stage.said


def test_a_change_that_needs_new_keys_asks_for_a_password(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press(f"edit.{JO.hex()}")
    sheet = stage.sheet
    assert isinstance(sheet, EditStaffSheet)
    assert not sheet.needs_keys
    stage.press("edit.role_clinician")
    assert not sheet.needs_keys
    assert not sheet.keys.isVisible()
    stage.type("edit.post", "Therapist")
    stage.press("sheet.primary")
    assert stage.said == ["Jo Pryce is up to date."]
    jo = stage.surgery.staff.get(JO)
    assert jo is not None
    assert (jo.staff, jo.post, jo.roles) == (JO, "Therapist", {Role.NURSE, Role.CLINICIAN})
    stage.press(f"edit.{JO.hex()}")
    stage.press("edit.role_manager")
    assert "get new ones" in stage.words()
    stage.press("sheet.primary")
    assert "They choose one now." in stage.words()
    stage.password("edit", GOOD)
    stage.press("sheet.primary")
    jo = stage.surgery.staff.get(JO)
    assert jo is not None
    assert jo.staff != JO
    assert stage.surgery.keys.held[jo.staff] is Rank.MANAGER


def test_a_form_without_name_or_role_is_not_kept(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press(f"edit.{JO.hex()}")
    stage.type("edit.name", " ")
    stage.press("edit.role_nurse")
    stage.press("sheet.primary")
    assert "A name is needed." in stage.words()
    assert stage.said == []


def test_new_keys_for_somebody_who_forgot_and_for_somebody_who_comes_back(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press(f"reset.{AYLIN.hex()}")
    assert "opens nothing from then on" in stage.words()
    stage.press("sheet.primary")
    assert "They choose one now." in stage.words()
    stage.password("reset", GOOD)
    stage.press("sheet.primary")
    assert stage.said == ["Dr Aylin Demir has new keys."]
    assert not stage.surgery.keys.is_active(AYLIN)
    stage.press(f"reset.{RAVI.hex()}")
    assert "keys of their own" in stage.words()
    stage.password("reset", GOOD)
    stage.press("sheet.primary")
    back = stage.surgery.staff.get(RAVI)
    assert back is not None
    assert back.active


def test_somebody_leaves_and_hands_their_tasks_on(staged: Callable[..., Stage]) -> None:
    stage = staged(prepare=with_tasks)
    stage.press(f"leave.{AYLIN.hex()}")
    sheet = stage.sheet
    assert sheet is not None
    assert sheet.back.hasFocus() or not sheet.primary.hasFocus()
    choice = next(one for one in sheet.findChildren(ChoiceField))
    choice.choose(JO.hex())
    stage.press("sheet.primary")
    assert stage.said == ["Dr Aylin Demir has left."]
    assert {one.record.wanted_from for one in stage.surgery.tasks.pending()} == {JO}
    assert not stage.surgery.keys.is_active(AYLIN)
    stage.press(f"leave.{JO.hex()}")
    stage.press("sheet.primary")
    assert {one.record.wanted_from for one in stage.surgery.tasks.pending()} == {None}


def test_the_own_password(staged: Callable[..., Stage]) -> None:
    stage = staged(JO)
    stage.press("staff.password")
    stage.press("sheet.primary")
    assert "the password you have now" in stage.words()
    stage.type("change.old", "a wrong one")
    stage.press("sheet.primary")
    assert "Choose a new one." in stage.words()
    stage.password("change", GOOD)
    stage.press("sheet.primary")
    assert "not the password" in stage.words()
    stage.type("change.old", PASSWORD)
    old, left = stage.find("change.old", QLineEdit), []
    assert stage.sheet is not None
    stage.sheet.closed.connect(lambda: left.append(old.text()))
    stage.press("sheet.primary")
    assert stage.said == ["Your password is changed."]
    assert stage.surgery.keys.passwords[JO] == GOOD
    assert left == [""]


def test_a_kit_is_written_down_typed_back_and_an_old_one_revoked(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press("kits.make")
    sheet = stage.sheet
    assert isinstance(sheet, NewKitSheet)
    words = stage.surgery.kits.prepare().words
    assert sheet.sheet._rows == rows_of(words)
    stage.press("sheet.primary")
    assert sheet.is_typing_back
    assert sheet.sheet._rows == ()
    assert sheet.code._modules == ()
    assert not sheet.primary.isEnabled()
    for number, (row, code) in enumerate(rows_of(words), 1):
        stage.type(f"kit.row_{number}", " ".join(row))
        stage.type(f"kit.code_{number}", code)
    assert sheet.primary.isEnabled()
    stage.press("sheet.primary")
    assert stage.said == ["Recovery kit 2 opens the vault now."]
    assert [one.number for one in stage.surgery.kits.all()] == [1, 2]
    assert "Sam Holt" in stage.words()
    stage.press("revoke.1")
    assert "opens nothing" in stage.words() or "open nothing" in stage.words()
    stage.press("sheet.primary")
    assert [one.number for one in stage.surgery.kits.all()] == [2]


def test_a_kit_that_is_not_typed_back_never_was(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press("kits.make")
    sheet = stage.sheet
    assert isinstance(sheet, NewKitSheet)
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    assert stage.sheet is None
    assert [one.number for one in stage.surgery.kits.all()] == [1]


def test_a_locum_for_today(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press("locums.prepare")
    sheet = stage.sheet
    assert isinstance(sheet, SlipSheet)
    words = sheet.words
    assert len(words._words) == 6
    stage.press("sheet.primary")
    assert words._words == ()
    assert "Locum 1" in stage.words()
    place = stage.surgery.locums.places()[0]
    stage.surgery.keys.me = AYLIN
    stage.press("admit.1")
    stage.press("sheet.primary")
    assert "public register" in stage.words()
    stage.type("locum.name", "Dr Mara Day")
    stage.type("locum.registration", "GDC 7")
    stage.press("sheet.primary")
    assert stage.said == ["Dr Mara Day may unlock until midnight."]
    day = stage.surgery.staff.get(place.staff)
    assert day is not None
    assert day.name == "Dr Mara Day"
    stage.surgery.keys.me = SAM
    stage.surgery.clock._ticks.now_ms += DAY_MS
    stage.section.enter()
    stage.settle()
    assert stage.badges[-1] == 1
    assert "Dr Mara Day" in stage.words()
    stage.press("take.1")
    stage.press("sheet.primary")
    assert stage.surgery.locums.places() == ()
    assert stage.badges[-1] == 0


def test_a_clinician_lets_a_locum_in_and_prepares_none(staged: Callable[..., Stage]) -> None:
    stage = staged(AYLIN, with_places)
    assert stage.has("admit.1")
    assert not stage.has("locums.prepare")
    assert not stage.has("take.1")
    nurse = staged(JO, with_places)
    assert not nurse.has("admit.1")


def test_a_place_that_cannot_be_prepared_is_told(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.surgery.keys.fails_with = DiskFull("no")
    stage.press("locums.prepare")
    assert stage.sheet is None
    assert len(stage.trouble) == 1
    assert not stage.section.progress.isVisible()


def test_a_second_person_from_outside(staged: Callable[..., Stage]) -> None:
    stage = staged()
    stage.press("seconds.name")
    stage.press("sheet.primary")
    for words in ("A name is needed.", "Say where", "They choose one now."):
        assert words in stage.words()
    stage.type("second.name", "Dr Ines Falk")
    stage.type("second.works_at", "Elm Street Dental")
    stage.password("second", GOOD)
    stage.press("sheet.primary")
    assert stage.said == ["Dr Ines Falk can be the second of two."]
    (staff,) = stage.surgery.seconds.all()
    assert stage.surgery.keys.held[staff] is Rank.AUDITOR
    assert "Elm Street Dental" in stage.words()


def test_with_the_recovery_kit_there_is_no_password_to_change(staged: Callable[..., Stage]) -> None:
    def by_kit(surgery: FakeSurgery) -> None:
        surgery.kits.is_mine = True

    assert not staged(prepare=by_kit).has("staff.password")
