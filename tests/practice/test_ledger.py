# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger as people read it: names, pseudonyms, daily sheets; over a real vault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clinicam.auditroom import AuditRoom
from clinicam.errors import DiskFull, RoleRefused, VaultClosed, WrongPassword
from clinicam.identity import StaffId
from clinicam.practice.checks import Checks
from clinicam.practice.ledger import LedgerBook
from clinicam.practice.patients import PatientRegister
from clinicam.vault.acts import What
from clinicam.vault.checkpoint import read_any
from clinicam.vault.extract import Form
from clinicam.vault.ledgerfilter import ActFilter
from clinicam.vault.openvault import OpenVault
from clinicam.vault.people import Rank
from clinicam.vault.thread import VaultThread
from tests.vault.engine.audit_bench import AUDITOR, audited, everybody, some_acts, with_auditor
from tests.vault.engine.bench import CHEAP, Practice, make_practice
from tests.vault.engine.people_bench import OTHER, OWN, by_kit, by_password, without_stretching


@pytest.fixture
def practice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    without_stretching(monkeypatch)
    return make_practice(tmp_path / "practice")


def book_of(opened: OpenVault, names: dict[bytes, str] | None = None) -> LedgerBook:
    return LedgerBook.of_manager(opened.inside, names=lambda: names or {}, alarms=("something",))


@pytest.fixture
def book(practice: Practice) -> Iterator[tuple[LedgerBook, OpenVault]]:
    with by_kit(practice) as desk:
        some_acts(desk.opened)
        yield book_of(desk.opened, {b"z" * 16: "zoe", b"a" * 16: "Abe"}), desk.opened


def test_that_somebody_looked_is_an_act_once(book: tuple[LedgerBook, OpenVault]) -> None:
    ledger, opened = book
    assert ledger.open(ActFilter()).take(1)[0].what is What.LEDGER_VIEWED
    ledger.open(ActFilter())
    assert opened.counts().acts["ledger.viewed"] == 1
    assert list(ledger.names().values()) == ["Abe", "zoe"]
    assert ledger.alarms == ("something",)


def test_from_a_patient_to_their_acts(book: tuple[LedgerBook, OpenVault]) -> None:
    ledger, opened = book
    for patient in everybody(opened):
        PatientRegister(opened).note_chart(patient.patient)
        subject = ledger.pseudonym(patient.patient)
        acts = ledger.open(ActFilter(subject=subject)).take(10)
        assert [one.what for one in acts] == [What.CHART_VIEWED, What.CAPTURE_REFUSED, What.PATIENT_ADDED]
        assert ledger.count(ActFilter(subject=subject)) == 3


def test_a_daily_sheet(book: tuple[LedgerBook, OpenVault]) -> None:
    ledger, opened = book
    rows = opened.counts().rows
    sheet = ledger.daily_sheet()
    assert (sheet.rows, sheet.alarms, sheet.vault) == (rows, ("something",), opened.vault_id)
    assert [chain.rows for chain in sheet.chains] == [rows]
    assert ledger.is_mine(sheet.chains[0])
    writers: dict[bytes, bytes] = {opened.writer: opened.inside.scribe.writer.signing.public}
    checkpoint, _ = read_any(sheet.note, vault=opened.vault_id, writers=writers)
    assert checkpoint.short() == sheet.code
    assert ledger.open(ActFilter(codes=frozenset({"checkpoint"}))).take(1)[0].detail == sheet.code
    sheet = ledger.daily_sheet()
    assert ledger.daily_sheet() == sheet, "no row came: the same code, and no act of another"
    assert Checks(opened, wall_ms=lambda: 1).state().code == sheet.code, "Vault health shows the same"
    assert Checks(opened, wall_ms=lambda: 1).state().code_ms
    handed = ledger.checkpoint()
    assert handed.short != sheet.code
    assert ledger.daily_sheet().code != sheet.code
    assert opened.writer.hex() in ledger.vkey


def test_an_extract_with_names(book: tuple[LedgerBook, OpenVault], tmp_path: Path) -> None:
    ledger, _ = book
    made = ledger.extract(ActFilter(), tmp_path / "x.csv", Form.CSV)
    assert made.rows > 5
    assert (tmp_path / "x.csv.note").exists()


def test_nobody_reads_unrecorded(book: tuple[LedgerBook, OpenVault], monkeypatch: pytest.MonkeyPatch) -> None:
    ledger, opened = book

    def full(*_: object, **__: object) -> None:
        raise DiskFull("no room")

    monkeypatch.setattr(opened.inside.scribe, "write", full)
    with pytest.raises(DiskFull):
        ledger.open(ActFilter())


def test_after_lock(book: tuple[LedgerBook, OpenVault]) -> None:
    ledger, opened = book
    patient = everybody(opened)[0].patient
    opened.close()
    for use in (ledger.chains, ledger.daily_sheet, lambda: ledger.open(ActFilter()), lambda: ledger.pseudonym(patient)):
        with pytest.raises(VaultClosed):
            use()


def test_no_nurse_reads_it(practice: Practice) -> None:
    with by_kit(practice) as desk:
        nurse = desk.people.add(Rank.NURSE, OTHER, shown="Nia")
    with by_password(practice, nurse, OTHER) as desk, pytest.raises(RoleRefused):
        book_of(desk.opened)


def test_the_auditors_room(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinicam.vault.auditvault.calibrate", lambda: CHEAP)
    auditor = with_auditor(practice)
    thread = VaultThread()
    try:
        with audited(practice, auditor) as (locked, vault):
            names: dict[bytes, str] = {login.user: login.shown for login in locked.logins()}
            room = AuditRoom(vault, thread, names, idle_s=60, device_key=lambda: None)
            assert room.me.name == AUDITOR
            assert room.training
            assert room.is_open
            assert not room.ledger.knows_patients
            with pytest.raises(RoleRefused):
                room.ledger.pseudonym(StaffId(b"p" * 16))  # type: ignore[arg-type]
            sheet = room.ledger.daily_sheet()
            assert sheet.code
            with pytest.raises(WrongPassword):
                room.change_my_password("not mine at all", OWN)
            room.change_my_password(OTHER, OWN)
            acts = [row.code for row in room.ledger.open(ActFilter()).take(4)]
            assert acts == ["ledger.viewed", "password.changed", "unlock.failed", "checkpoint"]
        assert not room.is_open
    finally:
        thread.close()
