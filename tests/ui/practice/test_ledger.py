# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger on the screen: filters, pages, what is said of each act, the sheets; over a real ledger in a folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from clinicam.errors import Corrupt
from clinicam.identity import NOBODY, PatientId
from clinicam.practice.ledger import LedgerBook
from clinicam.ui.bridge import Bridge
from clinicam.ui.icons import has_icon
from clinicam.ui.ledger_daily_sheet import DailySheetSheet
from clinicam.ui.ledger_details import detail_words
from clinicam.ui.ledger_export_sheet import ExportSheet
from clinicam.ui.ledger_filters import LedgerFilters
from clinicam.ui.ledger_pane import PAGE, LedgerPane
from clinicam.ui.ledger_patient_sheet import LedgerPatientSheet
from clinicam.ui.ledger_words import GROUPS, act_icon, act_words, codes_of, pseudonym, spoken, what_words
from clinicam.ui.messages import Message
from clinicam.ui.practice_ledger import LedgerSection
from clinicam.ui.sheet import Sheet
from clinicam.ui.theme import Theme
from clinicam.vault.acts import What
from clinicam.vault.ledgerfilter import ActFilter
from tests.ui.fakes import FakeSurgery, Inline
from tests.ui.look import faults, nameless
from tests.vault.engine.ledger_bench import WHO, Deed, Office

JO, SAM = b"j" * 16, b"s" * 16
NAMES = {JO: "Jo Pryce", SAM: "Sam Holt", WHO: "Wim Who"}
MARSH, OKAFOR = b"\x4f\x2a\x91\xc0" + b"1" * 12, b"\x9b\x12\x00\xfe" + b"2" * 12
DAY = int(datetime(2026, 11, 20, 12, tzinfo=UTC).timestamp() * 1000)


class Stage:
    """The pane over an office, and what it said."""

    def __init__(self, bot: QtBot, theme: Theme, office: Office, *, manager: bool = False) -> None:
        self.bot = bot
        self.office = office
        self.inline = Inline()
        self.bridge = Bridge(self.inline, self.inline)
        self.book = LedgerBook(
            office.desk, names=lambda: NAMES, pseudonym=(lambda _p: MARSH) if manager else None, alarms=("torn end",)
        )
        self.pane = LedgerPane(lambda: self.book, self.bridge, theme, practice="Harbour Lane", knows_patients=manager)
        bot.addWidget(self.pane)
        self.sheets: list[Sheet] = []
        self.trouble: list[Message] = []
        self.pane.trouble.connect(self.trouble.append)
        self.pane.sheet_wanted.connect(self._show_sheet)
        self.pane.resize(1100, 650)
        self.pane.show()
        bot.waitUntil(self.pane.isActiveWindow)
        self.pane.enter()
        self.settle()

    def _show_sheet(self, sheet: Sheet) -> None:
        self.sheets.append(sheet)
        sheet.open_over(self.pane)

    def settle(self) -> None:
        for _ in range(6):
            QApplication.processEvents()

    @property
    def codes(self) -> list[str]:
        return [row.code for row in self.pane.list.model.rows]

    def support(self) -> str:
        return self.pane.list.support.text()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path / "v")
    for at in range(20):
        office.write([Deed(JO, "unlock", None, DAY + at * 3_600_000)])
        office.write([Deed(JO, "image.viewed 00ff", MARSH if at % 2 else OKAFOR, DAY + at * 3_600_000)] * 12)
        office.write([Deed(NOBODY if at % 5 == 0 else SAM, "capture.refused", None, DAY + at * 3_600_000)])
    yield office
    office.close()


@pytest.fixture
def stage(qtbot: QtBot, theme: Theme, office: Office) -> Stage:
    return Stage(qtbot, theme, office)


def test_the_newest_first_a_page_at_a_time(stage: Stage) -> None:
    assert stage.codes[:2] == ["ledger.viewed", "capture.refused"]
    model = stage.pane.list.model
    assert model.rowCount() == PAGE
    assert "more below" in stage.support()
    stage.pane.list.view.scrollToBottom()
    stage.settle()
    assert model.rowCount() == 2 * PAGE
    while model.canFetchMore(QModelIndex()):
        model.fetchMore(QModelIndex())
        stage.settle()
    assert model.rowCount() == stage.office.desk.reader.rows() == 281
    assert "that is all" in stage.support()
    assert len({row.head for row in model.rows}) == 281


def test_the_keyboard_walks_and_narrows(stage: Stage) -> None:
    assert QApplication.focusWidget() is stage.pane.list.view
    assert not stage.pane.list.narrow.isVisible()
    for _ in range(3):
        QTest.keyClick(stage.pane.list.view, Qt.Key.Key_Down)
    row = stage.pane.list.current()
    assert row is not None
    assert row.act.subject == MARSH
    assert stage.pane.list.narrow.text() == "Only patient 4F2A 91C0"
    stage.pane.list.narrow.click()
    stage.settle()
    assert set(stage.codes) == {"image.viewed"}
    assert {one.act.subject for one in stage.pane.list.model.rows} == {MARSH}
    assert stage.pane.filters.subject.accessibleName() == "Not only patient 4F2A 91C0"
    stage.pane.filters.subject.click()
    stage.settle()
    assert stage.codes[0] == "ledger.viewed"


@pytest.mark.parametrize(
    ("turn", "count"),
    [
        (lambda f: f.staff.choose(NOBODY.hex(), quietly=False), 4),
        (lambda f: f.staff.choose(SAM.hex(), quietly=False), 16),
        (lambda f: f.acts.choose("doors", quietly=False), 20),
        (lambda f: f.narrow_to_act("capture.refused"), 20),
        (lambda f: f.narrow_to_act("later.thing"), 0),
        (lambda f: _days(f, "20-Nov-2026", "20-Nov-2026"), None),
        (lambda f: _days(f, "1-Dec-2026", ""), 0),
    ],
)
def test_filters(stage: Stage, turn: Callable[[LedgerFilters], None], count: int | None) -> None:
    filters = stage.pane.filters
    turn(filters)
    stage.settle()
    wanted = filters.wanted()
    assert wanted != ActFilter()
    found = stage.book.open(wanted).take(1000)
    shown = stage.pane.list.model.rows
    assert shown == found[: len(shown)]
    if count is not None:
        assert len(found) == count
        assert stage.pane.list.empty.isVisible() == (count == 0)
    filters.all.click()
    stage.settle()
    assert filters.wanted() == ActFilter()
    assert stage.pane.list.model.rowCount() == PAGE
    assert not filters.all.isVisible()


def _days(filters: LedgerFilters, since: str, until: str) -> None:
    filters.since.set_text(since)
    filters.until.set_text(until)
    filters.until.edit.editingFinished.emit()


def test_days_that_are_none(stage: Stage) -> None:
    filters = stage.pane.filters
    _days(filters, "yesterday", "")
    assert "21-Nov-2026" in filters.since.note.text()
    assert filters.wanted() == ActFilter()
    _days(filters, "20-Nov-2026", "19-Nov-2026")
    assert "before" in filters.until.note.text()
    _days(filters, "", "")
    assert not filters.until.note.isVisible()


def test_an_empty_answer_leads_back(stage: Stage) -> None:
    stage.pane.narrow_to(b"z" * 16)
    stage.settle()
    empty = stage.pane.list.empty
    assert empty.isVisible()
    assert not stage.pane.list.view.isVisible()
    assert empty.button is not None
    empty.button.click()
    stage.settle()
    assert stage.pane.list.model.rowCount() == PAGE


def test_damage_ends_the_list_and_says_so(
    qtbot: QtBot, theme: Theme, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clinicam.vault.chainback.BLOCK", 30)
    stage = Stage(qtbot, theme, office)

    def broken(*_: object) -> None:
        raise Corrupt("ledger: a row is not the one that was written")

    monkeypatch.setattr("clinicam.vault.ledgerread.open_act", broken)
    model = stage.pane.list.model
    while model.canFetchMore(QModelIndex()) and not stage.trouble:
        model.fetchMore(QModelIndex())
        stage.settle()
    assert stage.trouble
    assert model.rowCount() >= PAGE
    assert stage.pane.list.broken.isVisible()
    assert not model.canFetchMore(QModelIndex())


def test_stopping_shows_what_was_found_and_can_be_gone_on_with(
    qtbot: QtBot, theme: Theme, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = Stage(qtbot, theme, office)
    stage.inline.hold()
    stage.pane.filters.staff.choose(NOBODY.hex(), quietly=False)
    stage.pane._tell(10, 281)
    assert stage.pane.progress.isVisible()
    stage.pane.progress.cancelled.emit()
    stage.inline.let_go()
    stage.settle()
    assert "of 281 rows" in stage.support()
    assert stage.pane.list.further.isVisible()
    assert not stage.pane.list.empty.isVisible()
    stage.inline.held = None
    stage.pane.list.further.click()
    stage.settle()
    assert stage.pane.list.model.rowCount() == 4
    assert not stage.pane.list.further.isVisible()


def test_leaving_drops_what_is_under_way(stage: Stage) -> None:
    stage.inline.hold()
    stage.pane.filters.acts.choose("doors", quietly=False)
    job = stage.pane._job
    assert job is not None
    stage.pane.leave()
    assert job.cancelled()
    stage.inline.let_go()
    stage.settle()
    assert stage.codes == []
    stage.inline.held = None
    stage.pane.enter()
    stage.settle()
    assert stage.pane.list.model.rowCount() == 20


def test_every_act_has_words_a_group_and_an_icon(stage: Stage) -> None:
    grouped = [what for group in GROUPS for what in group.acts]
    assert sorted(grouped) == sorted(What)
    for what in What:
        assert what_words(what)
    for group in GROUPS:
        assert has_icon(group.icon)
        assert codes_of(group.key) == {what.value for what in group.acts}
    rows = stage.pane.list.model.rows
    assert spoken(rows[1], NAMES).endswith("Sam Holt, a picture was refused")
    assert all(has_icon(act_icon(row)) for row in rows)
    stage.office.write([Deed(b"q" * 16, "later.thing far", MARSH, 2**62)])
    (later,) = stage.book.open(ActFilter(who=b"q" * 16)).take(1)
    assert act_words(later) == "later.thing, of a later version"
    assert "Staff 71717171" in spoken(later, NAMES)
    assert pseudonym(MARSH) == "4F2A 91C0"


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (f"{What.UNLOCK_FAILED.value} {JO.hex()}", "Jo Pryce"),
        (f"{What.UNLOCK_FAILED.value} pin {SAM.hex()}", "PIN, Sam Holt"),
        (f"{What.UNLOCK_FAILED.value} kit", "recovery kit"),
        (f"{What.UNLOCK_FAILED.value} {JO.hex()} change", "Jo Pryce, while changing the password"),
        (f"{What.STAFF_ADDED.value} {b'q'.hex() * 16} nurse", "Staff 71717171, nurse"),
        (f"{What.KIT_MADE.value} {SAM.hex()} 2", "Sam Holt, kit 2"),
        (f"{What.KIT_REVOKED.value} {b'q'.hex() * 16}", "kit 71717171"),
        (f"{What.BACKUP_MADE.value} number=1 objects=0 findings=0", "no. 1, files: 0, nothing wrong"),
        (f"{What.BACKUP_FAILED.value} gone", "The folder for backups is not there."),
        (f"{What.CHECKPOINT.value} 7K2M94QT0000000000AB", "7K2M9 4QT00 00000 000AB"),
        (f"{What.ERASURE_DONE.value} keys=3 left=0", "keys: 3, nothing left over"),
        (f"{What.FRAME_UNCLAIMED.value} count=1 cause=no-session", "how many: 1, no session"),
        (f"{What.CAPTURE_REFUSED.value} frame={'ab' * 16} reason=withdrawn", "shot abababab, withdrawn"),
        (f"{What.CHART_OPENED.value} emergency", "emergency"),
        (f"{What.ERASURE_CERTIFIED.value} {'ab' * 16}", "no. abababab"),
        (What.LOCK.value, ""),
        ("later.thing far", "far"),
    ],
)
def test_details_are_words(stage: Stage, what: str, words: str) -> None:
    row = stage.book.open(ActFilter()).take(1)[0]
    changed = replace(row, act=msgspec.structs.replace(row.act, what=what))
    assert detail_words(changed, NAMES) == words


def test_the_daily_sheet_can_be_copied_and_names_nobody(stage: Stage) -> None:
    stage.pane.daily.click()
    stage.settle()
    (sheet,) = stage.sheets
    assert isinstance(sheet, DailySheetSheet)
    newest = stage.book.open(ActFilter(codes=frozenset({"checkpoint"}))).take(1)[0]
    assert sheet.code.text().replace(" ", "") == newest.detail
    sheet.primary.click()
    text = QGuiApplication.clipboard().text()
    assert sheet.code.text() in text
    assert "Harbour Lane" in text
    assert "torn end" in text
    assert sheet.copied.isVisible()
    assert not faults(sheet.card)
    assert not nameless(sheet)


def test_an_extract_goes_where_somebody_says(stage: Stage, tmp_path: Path) -> None:
    stage.pane.filters.acts.choose("doors", quietly=False)
    stage.settle()
    stage.pane.export.click()
    (sheet,) = stage.sheets
    assert isinstance(sheet, ExportSheet)
    said: list[str] = []
    sheet.finished.connect(said.append)
    assert sheet.file.text().endswith(".csv")
    sheet.form.choose("jsonl")
    assert sheet.file.text().endswith(".jsonl")
    for wrong in ("", "acts.jsonl"):
        sheet.file.set_text(wrong)
        sheet.primary.click()
        assert sheet.file.note.text()
    sheet.file.set_text(str(tmp_path / "nowhere" / "acts"))
    sheet.primary.click()
    stage.settle()
    assert sheet.notice.isVisible()
    path = tmp_path / "acts.jsonl"
    sheet.file.set_text(str(path))
    sheet.form.choose("csv")
    assert sheet.file.text() == str(path)
    sheet.form.choose("jsonl")
    sheet.primary.click()
    stage.settle()
    assert said == ["20 acts are written, with their note beside them."]
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert {line["name"] for line in lines} == {"Jo Pryce"}
    assert (tmp_path / "acts.jsonl.note").exists()


def test_an_extract_that_is_stopped(stage: Stage, tmp_path: Path) -> None:
    stage.pane.export.click()
    (sheet,) = stage.sheets
    assert isinstance(sheet, ExportSheet)
    sheet.file.set_text(str(tmp_path / "acts"))
    stage.inline.hold()
    sheet.primary.click()
    sheet.dismiss()
    stage.inline.let_go()
    stage.settle()
    assert not (tmp_path / "acts").exists()
    assert sheet.primary.isEnabled()
    stage.inline.held = None
    sheet.primary.click()
    stage.settle()
    assert (tmp_path / "acts").exists()


class Registry(FakeSurgery):
    """A surgery whose manager has a ledger."""

    def __init__(self, office: Office) -> None:
        super().__init__()
        self.asked: list[PatientId] = []
        self._office = office

    def ledger(self) -> LedgerBook:
        def told(patient: PatientId) -> bytes:
            self.asked.append(patient)
            return MARSH

        return LedgerBook(self._office.desk, names=lambda: NAMES, pseudonym=told)


def test_a_manager_finds_the_acts_about_a_patient(qtbot: QtBot, theme: Theme, office: Office) -> None:
    surgery = Registry(office)
    section = LedgerSection(surgery, Bridge(surgery.thread, surgery.pool), theme)  # type: ignore[arg-type]
    qtbot.addWidget(section)
    sheets: list[Sheet] = []
    section.sheet_wanted.connect(sheets.append)
    section.resize(1000, 650)
    section.show()
    qtbot.waitUntil(section.isActiveWindow)
    section.enter()

    def settle() -> None:
        for _ in range(6):
            QApplication.processEvents()

    settle()
    section.pane.filters.finder.click()
    (sheet,) = sheets
    assert isinstance(sheet, LedgerPatientSheet)
    sheet.open_over(section)
    someone = surgery.people[0]
    QTest.keyClicks(sheet.search.edit, someone.family[:4])
    settle()
    assert sheet.primary.isEnabled()
    assert not faults(sheet.card)
    sheet.primary.click()
    settle()
    assert surgery.asked
    assert section.pane.filters.wanted().subject == MARSH
    assert {row.act.subject for row in section.pane.list.model.rows} == {MARSH}
    section.leave()
    QApplication.processEvents()


@pytest.mark.parametrize(
    ("wide", "high", "scale"), [(960, 650, 1.0), (1280, 720, 1.3), (1280, 720, 2.0), (1900, 1000, 1.0)]
)
def test_it_fits(qtbot: QtBot, theme: Theme, office: Office, wide: int, high: int, scale: float) -> None:
    stage = Stage(qtbot, theme, office, manager=True)
    theme.set_text_scale(scale)
    stage.pane.resize(wide, high)
    stage.pane.narrow_to(MARSH)
    for _ in range(3):
        stage.settle()
    stage.pane.list.view.setCurrentIndex(stage.pane.list.model.index(0, 0))
    stage.settle()
    assert not faults(stage.pane)
    assert not nameless(stage.pane)
