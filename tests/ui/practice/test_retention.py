# SPDX-License-Identifier: GPL-3.0-or-later
"""The retention section over a real vault: looking, holding, deciding, destroying with a second person, the certificate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLineEdit, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from clinicam.errors import VaultError
from clinicam.identity import Role
from clinicam.practice.patients import PatientRegister
from clinicam.practice.policy import BackupPolicy
from clinicam.practice.retention import HoldKind
from clinicam.practice.sessions import HowClosed
from clinicam.ui.bridge import Bridge
from clinicam.ui.erase_certificate import CertificateSheet
from clinicam.ui.erase_decide import DecideSheet
from clinicam.ui.erase_sheet import EraseSheet
from clinicam.ui.kit import RadioCard
from clinicam.ui.practice_erasure import RetentionSection
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from tests.practice.test_records import WORDS, Office, make_office
from tests.ui.fakes import Inline
from tests.ui.look import faults, nameless


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    yield from make_office(tmp_path)


@dataclass
class Surgery:
    """What of `surgery.Surgery` the section uses, over a real vault."""

    office: Office

    def __post_init__(self) -> None:
        self.records = self.office.records
        self.tasks = self.office.tasks
        self.staff = self.office.staff
        self.patients = PatientRegister(self.office.vault)
        self.vault = self.office.vault
        self.clock = SimpleNamespace(wall_ms=self.office.practice.clock.wall_ms)
        self.policy = SimpleNamespace(backup=BackupPolicy(place="/srv/backup"))

    @property
    def me(self) -> Any:
        return self.office.staff.me


class Stage:
    """The section on a screen of its own, the sheets it opens, and what it said."""

    def __init__(self, qtbot: QtBot, theme: Theme, office: Office, size: tuple[int, int] = (984, 660)) -> None:
        self.surgery = Surgery(office)
        self.bridge = Bridge(Inline(), Inline())
        self.bot = qtbot
        self.screen = QWidget()
        qtbot.addWidget(self.screen)
        self.section = RetentionSection(self.surgery, self.bridge, theme, self.screen)  # type: ignore[arg-type]
        self.sheet: Sheet | None = None
        self.said: list[str] = []
        self.troubles: list[object] = []
        self.badges: list[int] = []
        self.section.said.connect(self.said.append)
        self.section.trouble.connect(self.troubles.append)
        self.section.badge.connect(self.badges.append)
        self.section.sheet_wanted.connect(self._open)
        self.screen.resize(*size)
        self.section.resize(*size)
        self.screen.show()
        self.section.enter()
        self.settle()

    def _open(self, sheet: Sheet) -> None:
        self.sheet = sheet
        sheet.closed.connect(lambda: self._closed(sheet))
        sheet.open_over(self.screen)

    def _closed(self, sheet: Sheet) -> None:
        if self.sheet is sheet:
            self.sheet = None

    def settle(self) -> None:
        self.bot.waitUntil(lambda: not self.bridge.busy)
        QCoreApplication.processEvents()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)

    def press(self, name: str) -> None:
        (button,) = [one for one in self.section.findChildren(QAbstractButton) if one.objectName().startswith(name)]
        button.click()
        self.settle()

    def choose(self, name: str) -> None:
        assert self.sheet is not None
        (card,) = self.sheet.findChildren(RadioCard, name)
        card.setChecked(True)

    def type(self, name: str, text: str) -> None:
        where: QWidget = self.sheet if self.sheet is not None else self.section
        (edit,) = where.findChildren(QLineEdit, name)
        edit.clear()
        QTest.keyClicks(edit, text)

    def asks(self) -> bool:
        """Whether a sheet is on show."""
        return self.sheet is not None

    @property
    def sheet_faults(self) -> list[str]:
        """What is wrong to see in the sheet."""
        return faults(self.sheet) + nameless(self.sheet) if self.sheet is not None else ["no sheet"]

    def confirm(self) -> None:
        assert self.sheet is not None
        self.sheet.primary.click()
        self.settle()

    def search(self, text: str) -> None:
        self.type("retention.search", text)
        QTest.keyClick(self.section.search.edit, Qt.Key.Key_Return)
        self.settle()


Made = Callable[..., Stage]


@pytest.fixture
def stage(qtbot: QtBot, theme: Theme, office: Office) -> Made:
    return lambda size=(984, 660): Stage(qtbot, theme, office, size)


def test_nothing_waits(stage: Made) -> None:
    one = stage()
    assert one.badges == [0]
    for card in (one.section.undecided, one.section.over, one.section.holds, one.section.gone, one.section.results):
        assert not card.isVisible()
    assert not faults(one.screen)
    assert not nameless(one.screen)


def test_a_patient_is_found_and_held(stage: Made, office: Office) -> None:
    patient = office.patient("Marsh")
    one = stage()
    one.search("marsh")
    assert one.section.results.isVisible()
    one.press("found.hold.")
    one.confirm()
    assert one.asks()  # no reason was given
    one.type("hold.reason", "claim 2026/17")
    one.choose("hold.safeguarding")
    assert one.sheet_faults == []
    one.confirm()
    assert not one.asks()
    (hold,) = office.records.holds.standing(patient.patient)
    assert (hold.record.kind, hold.record.reason) == (HoldKind.SAFEGUARDING, "claim 2026/17")
    assert one.section.holds.isVisible()
    one.press("lift.")
    one.confirm()
    assert one.asks()
    one.type("lift.reason", "settled")
    one.confirm()
    assert office.records.holds.standing() == ()
    assert len(one.said) == 2
    one.section.leave()
    assert one.section.search.text() == ""
    assert not one.section.results.isVisible()


def test_no_page_without_words(stage: Made) -> None:
    one = stage()
    assert one.section.nothing.text().startswith("Nothing waits here.")
    one.search("zzz")
    assert one.section.nothing.isVisible()
    assert one.section.nothing.text().startswith("Nobody found.")


def test_records_are_destroyed_by_two_and_the_certificate_kept(stage: Made, office: Office, tmp_path: Path) -> None:
    patient, other = office.patient("Marsh"), office.patient("Lee")
    office.session(patient.patient)
    office.later(16)
    office.session(other.patient)
    one = stage()
    assert one.badges == [1]
    one.press("over.erase.")
    sheet = one.sheet
    assert isinstance(sheet, EraseSheet)
    assert sheet.over.isChecked()
    assert one.sheet_faults == []
    one.confirm()
    assert sheet.second.password.note.isVisible()
    one.type("second.password", "wrong")
    one.confirm()
    assert "not their password" in sheet.second.password.note.text()
    assert office.vault.search_patients("Marsh")
    one.type("second.password", WORDS)
    one.confirm()
    assert office.vault.search_patients("Marsh") == ()
    shown = one.sheet
    assert isinstance(shown, CertificateSheet)
    text = shown.findChildren(QPlainTextEdit)[0].toPlainText()
    assert "CERTIFICATE OF ERASURE" in text
    assert "kept for 35 days" in text
    assert "Marsh" not in text
    one.type("certificate.file", "somewhere.txt")
    one.confirm()
    assert isinstance(one.sheet, CertificateSheet)
    kept = tmp_path / "kept.txt"
    one.type("certificate.file", str(kept))
    one.confirm()
    assert kept.read_text(encoding="utf-8") == text
    assert one.section.gone.isVisible()
    assert not one.section.over.isVisible()
    one.press("certificate.")
    one.type("certificate.file", str(kept))
    one.confirm()
    assert one.sheet is not None
    assert one.sheet.notice.isVisible()  # there is a file of that name


def test_an_order_needs_a_reference(stage: Made, office: Office) -> None:
    office.session(office.patient("Marsh").patient)
    one = stage()
    one.search("marsh")
    one.press("found.erase.")
    sheet = one.sheet
    assert isinstance(sheet, EraseSheet)
    assert not sheet.over.isEnabled()
    assert sheet.reference.isVisible()
    one.type("second.password", WORDS)
    one.confirm()
    assert office.vault.search_patients("Marsh")
    one.type("erase.reference", "ICO 2026/4411")
    one.confirm()
    assert office.vault.search_patients("Marsh") == ()


def test_withdrawn_pictures_are_kept_or_destroyed(stage: Made, office: Office) -> None:
    patient = office.patient("Marsh")
    first, _ = office.session(patient.patient, HowClosed.WITHDRAWN)
    second, _ = office.session(patient.patient, HowClosed.WITHDRAWN)
    one = stage()
    assert one.badges == [2]
    one.press(f"decide.{first.hex()}")
    assert isinstance(one.sheet, DecideSheet)
    one.confirm()
    assert one.asks()
    one.choose("decide.keep")
    one.type("second.password", WORDS)
    one.confirm()
    assert one.asks()
    one.type("decide.why", "needed for the filling")
    assert one.sheet_faults == []
    one.confirm()
    assert not one.asks()
    assert office.sessions.withdrawn(patient.patient) == {second}
    one.press(f"decide.{second.hex()}")
    one.choose("decide.destroy")
    one.type("second.password", WORDS)
    one.confirm()
    assert isinstance(one.sheet, CertificateSheet)
    assert {image.session for image in office.vault.images(patient=patient.patient)} == {first}
    assert one.badges[-1] == 0


def test_who_is_no_manager_holds_but_does_not_destroy(stage: Made, office: Office) -> None:
    patient = office.patient("Marsh")
    office.session(patient.patient, HowClosed.WITHDRAWN)
    office.records.holds.set(office.patient("Lee").patient, HoldKind.LEGAL, "a claim")
    office.become(Role.CLINICIAN)
    one = stage()
    one.search("marsh")
    names = [button.objectName() for button in one.section.findChildren(QAbstractButton)]
    assert [name for name in names if name.startswith("found.hold.")]
    assert not [name for name in names if name.startswith(("found.erase.", "lift.", "decide."))]
    assert one.badges[-1] == 0


def test_nobody_else_may_sign(stage: Made, office: Office) -> None:
    ann = next(one for one in office.staff.all() if one.name == "Dr Ann")
    office.staff.put(type(ann)(ann.staff, ann.name, ann.post, frozenset({Role.NURSE})))
    office.session(office.patient("Marsh").patient)
    one = stage()
    one.search("marsh")
    one.press("found.erase.")
    assert isinstance(one.sheet, EraseSheet)
    assert not one.sheet.primary.isEnabled()
    assert not one.sheet.second.password.isVisible()


def test_an_interrupted_erasure_is_carried_out_on_entering(
    stage: Made, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    from clinicam.practice.certificate import EraseReason
    from clinicam.vault.files import VaultFiles

    def full(*_: object) -> None:
        raise VaultError("keyring: ENOSPC")

    patient = office.patient("Marsh")
    monkeypatch.setattr(VaultFiles, "write_keyring", full)
    with pytest.raises(VaultError):
        office.records.erasing.erase(patient.patient, None, EraseReason.ORDERED, office.second, reference="17")
    one = stage()
    assert one.troubles
    assert office.records.erasing.pending() == 1
    monkeypatch.undo()
    one.section.enter()
    one.settle()
    assert office.records.erasing.pending() == 0
    assert one.said
    assert one.section.gone.isVisible()


def test_many_are_counted(stage: Made, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinicam.ui.erase_data.MOST", 1)
    for family in ("Marsh", "Lee", "Roe"):
        office.patient(family)
    office.later(20)
    one = stage()
    assert one.badges == [3]
    assert one.section.notice.isVisible()
