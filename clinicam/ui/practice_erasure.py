# SPDX-License-Identifier: GPL-3.0-or-later
"""How long records stay, what holds them, what two people decided to destroy, and the certificates of what is gone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QWidget

from clinicam.identity import Patient, Role, Staff
from clinicam.practice.certificate import Certificate, certificate_text
from clinicam.practice.retention import Due
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.erase_certificate import CertificateSheet
from clinicam.ui.erase_data import (
    HeldRecords,
    RetentionView,
    Undecided,
    certificate_title,
    certificate_words,
    due_chip,
    due_words,
    find_due,
    hold_chip,
    hold_words,
    load_retention,
)
from clinicam.ui.erase_decide import DecideSheet
from clinicam.ui.erase_hold import HoldSheet, LiftSheet
from clinicam.ui.erase_sheet import EraseSheet
from clinicam.ui.kit import Column, Columns, Field, Meaning, Notice, ProgressLine, TextLabel
from clinicam.ui.messages import message_for
from clinicam.ui.practice_section import Section
from clinicam.ui.staff_rows import Deed, Line, LinesCard
from clinicam.ui.staff_sheet import StaffSheet
from clinicam.ui.theme import Theme
from clinicam.ui.words import apart, day_of, shown_date

if TYPE_CHECKING:
    from clinicam.surgery import Surgery

_TYPED_MS = 250


class RetentionSection(Section):
    """Cards: to decide, one patient, the time is over, holds, destroyed. Signals as of `Section`."""

    name = "retention"
    icon = "archive"
    roles = frozenset({Role.MANAGER, Role.CLINICIAN})

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("RetentionSection", "Retention"), parent)
        self._surgery = surgery
        self._bridge = bridge
        self._view: RetentionView | None = None
        self._found: tuple[Due, ...] = ()
        page = Column(theme, self)
        inner = QWidget()
        body = Column(theme, inner, spacing=16)
        self.progress = ProgressLine(theme, "", cancel=False)
        self.progress.hide()
        self.notice = Notice(theme)
        self.notice.hide()
        body.addWidget(self.progress)
        body.addWidget(self.notice)
        self.undecided = LinesCard(
            theme,
            self.tr("Consent was taken back"),
            self.tr("What these sessions took is locked away until two people keep it or destroy it."),
        )
        self.search = Field(theme, self.tr("A patient's records"), self.tr("Name, date of birth or number"))
        self.search.edit.setObjectName("retention.search")
        self.results = LinesCard(
            theme, self.tr("Found"), self.tr("Until when their records stay, and what can be done.")
        )
        self.over = LinesCard(
            theme, self.tr("The time is over"), self.tr("Nothing goes by itself: somebody looks first.")
        )
        self.holds = LinesCard(theme, self.tr("On hold"), self.tr("These records stay whatever their date."))
        self.gone = LinesCard(
            theme, self.tr("Destroyed"), self.tr("Each with its certificate. Nobody's name is left to show.")
        )
        self.nothing = TextLabel(theme, "", "body", "ink2")
        self.nothing.hide()
        for one in (self.undecided, self.search, self.nothing, self.results, self.over, self.holds, self.gone):
            body.addWidget(one)
        self.results.hide()
        body.addStretch(1)
        page.addWidget(Columns(theme, [(inner, 0)], stack_below=0, margins=(24, 20, 24, 16)), 1)
        self._typed = QTimer(self)
        self._typed.setSingleShot(True)
        self._typed.setInterval(_TYPED_MS)
        self._typed.timeout.connect(self._look_up)
        self.search.changed.connect(lambda _text: self._typed.start())
        self.search.entered.connect(self._look_up)

    def enter(self) -> None:
        self._read()
        self.search.edit.setFocus()

    def leave(self) -> None:
        self._typed.stop()
        self.search.set_text("")
        self._typed.stop()
        self._show_found(())

    def _read(self) -> None:
        self._bridge.run(
            load_retention,
            self._surgery,
            done=self._show,
            failed=self._failed,
            owner=self,
            what=self.tr("Reading what must be kept"),
        )

    def _failed(self, problem: BaseException) -> None:
        self.progress.hide()
        self.trouble.emit(message_for(problem))

    # showing

    def _show(self, view: RetentionView) -> None:
        self._view = view
        self.undecided.show_lines([self._undecided_line(one, view) for one in view.undecided])
        self.undecided.setVisible(bool(view.undecided))
        self.over.show_lines([self._due_line(one, view, "over") for one in view.over])
        self.over.setVisible(bool(view.over))
        self.holds.show_lines([self._hold_line(one, view) for one in view.holds])
        self.holds.setVisible(bool(view.holds))
        self.gone.show_lines([self._certificate_line(one, view) for one in view.certificates])
        self.gone.setVisible(bool(view.certificates))
        words = []
        if view.over_count > len(view.over):
            words.append(
                self.tr("{count} more patients wait below these.").format(count=view.over_count - len(view.over))
            )
        if view.pending:
            words.append(
                self.tr("An erasure was interrupted. Its records are shut; the rest is done now or at the next start.")
            )
        self.notice.show_notice(" ".join(words), "attention" if view.pending else "work")
        self.notice.setVisible(bool(words))
        if view.pending and view.is_manager:
            self._finish()
        self._show_found(self._found)
        self.badge.emit(len(view.undecided) + view.over_count if view.is_manager else 0)

    def _undecided_line(self, one: Undecided, view: RetentionView) -> Line:
        when = self.tr("session of {day}").format(day=shown_date(day_of(one.since_ms)))
        deeds = []
        if view.is_manager:
            at = f"decide.{one.session.hex()}"
            deeds.append(Deed(self.tr("Decide"), "scale", at, one.patient.shown_name, partial(self._decide, one)))
        chip: tuple[str, str, Meaning] = ("lock", self.tr("Locked away"), "attention")
        return Line(apart(one.patient.shown_name), when, chip, tuple(deeds), icon="image")

    def _due_line(self, due: Due, view: RetentionView, where: str) -> Line:
        name, at = due.patient.shown_name, due.patient.patient.hex()
        deeds = [Deed(self.tr("Hold"), "lock", f"{where}.hold.{at}", name, partial(self._hold, due.patient))]
        if view.is_manager and not due.holds:
            erase = partial(self._erase, due)
            deeds.append(Deed(self.tr("Destroy"), "circle-slash", f"{where}.erase.{at}", name, erase))
        return Line(apart(name), due_words(due), due_chip(due, view.today), tuple(deeds), icon="user")

    def _hold_line(self, held: HeldRecords, view: RetentionView) -> Line:
        name = held.patient.shown_name
        deeds = []
        if view.is_manager:
            at = f"lift.{held.hold.hold.hex()}"
            deeds.append(Deed(self.tr("Lift"), "lock-open", at, name, partial(self._lift, held)))
        return Line(apart(name), hold_words(held.hold, view.names), hold_chip(held.hold), tuple(deeds), icon="user")

    def _certificate_line(self, one: Certificate, view: RetentionView) -> Line:
        title = certificate_title(one)
        at = f"certificate.{one.rid.hex()}"
        deed = Deed(self.tr("Certificate"), "file-check", at, title, partial(self._certificate, one))
        chip: tuple[str, str, Meaning] = ("check", self.tr("Proved"), "safe")
        return Line(title, certificate_words(one, view.names), chip, (deed,), icon="circle-slash")

    # one patient

    def _look_up(self) -> None:
        self._typed.stop()
        self._bridge.run(
            find_due, self._surgery, self.search.text(), done=self._show_found, failed=self._failed, owner=self
        )

    def _show_found(self, found: tuple[Due, ...]) -> None:
        self._found = found if self.search.text() else ()
        if self._view is not None:
            view = self._view
            self.results.show_lines([self._due_line(one, view, "found") for one in self._found])
        self.results.setVisible(bool(self._found) and self._view is not None)
        self._say_nothing()

    def _say_nothing(self) -> None:
        """No page without words: a search that found nobody, or a practice that has nothing here yet."""
        shown = (self.undecided, self.over, self.holds, self.gone, self.results)
        words = ""
        if self.search.text() and self.results.isHidden():
            words = self.tr("Nobody found. Look at the spelling, or search by date of birth.")
        elif all(one.isHidden() for one in shown):
            words = self.tr(
                "Nothing waits here. Records whose time is over, holds and certificates of what was destroyed are listed "
                "here; search above for one patient."
            )
        self.nothing.setText(words)
        self.nothing.setVisible(bool(words) and self._view is not None)

    # asking

    def _open(self, sheet: StaffSheet) -> None:
        sheet.finished.connect(self.said)
        sheet.finished.connect(lambda _words: self._again())
        self.ask(sheet)

    def _again(self) -> None:
        self._read()
        self._look_up()

    def _with_people(self, then: object) -> None:
        """Who may sign is asked first: the sheet shows their names."""

        def show(people: Sequence[Staff]) -> None:
            if callable(then):
                then(people)

        self._bridge.run(self._surgery.records.erasing.may_sign, done=show, failed=self._failed, owner=self)

    def _erase(self, due: Due) -> None:
        def ask(people: Sequence[Staff]) -> None:
            if self._view is not None:
                erasing = self._surgery.records.erasing
                sheet = EraseSheet(self.theme, self._bridge, erasing, due, people, self._view.today)
                sheet.destroyed.connect(self._certificate)
                self._open(sheet)

        self._with_people(ask)

    def _decide(self, one: Undecided) -> None:
        def ask(people: Sequence[Staff]) -> None:
            sheet = DecideSheet(self.theme, self._bridge, self._surgery.records.erasing, one, people)
            sheet.destroyed.connect(self._certificate)
            self._open(sheet)

        self._with_people(ask)

    def _hold(self, patient: Patient) -> None:
        self._open(HoldSheet(self.theme, self._bridge, self._surgery.records.holds, patient))

    def _lift(self, held: HeldRecords) -> None:
        self._open(LiftSheet(self.theme, self._bridge, self._surgery.records.holds, held))

    def _certificate(self, one: Certificate) -> None:
        vault = self._surgery.vault
        text = certificate_text(one, self._surgery.records.vault_id, backups_kept_days=self._backups_kept())
        self._open(CertificateSheet(self.theme, self._bridge, one, text, vault.place))

    def _backups_kept(self) -> int | None:
        backup = self._surgery.policy.backup
        return backup.keep_days if backup.place else None

    def _finish(self) -> None:
        erasing = self._surgery.records.erasing

        def carry_out(job: Job) -> int:
            return len(erasing.finish(job.progress))

        def done(_count: int) -> None:
            self.progress.hide()
            self.said.emit(self.tr("The interrupted erasure is carried out."))
            self._read()

        self.progress.start(self.tr("Carrying out an interrupted erasure"), cancel=False)
        self.progress.show()
        job = self._bridge.run_job(carry_out, done=done, failed=self._failed, owner=self)
        job.progressed.connect(self.progress.set_value)
