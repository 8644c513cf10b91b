# SPDX-License-Identifier: GPL-3.0-or-later
"""Vault health: are all pictures here and unchanged, is there a backup, is there room."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QWidget

from clinicam.identity import Role
from clinicam.practice.checks import CheckState
from clinicam.ui.bridge import Bridge, Job
from clinicam.ui.checks_words import moment_words
from clinicam.ui.health_backup import BackupPart
from clinicam.ui.health_checks import ChecksPart
from clinicam.ui.kit import (
    Bar,
    Button,
    Card,
    Column,
    Columns,
    Icon,
    Notice,
    ProgressLine,
    Row,
    Stacking,
    TextLabel,
)
from clinicam.ui.messages import message_for
from clinicam.ui.practice_parts import Seal
from clinicam.ui.practice_section import Section
from clinicam.ui.theme import Theme
from clinicam.vault.model import VaultCounts, VerifyReport

if TYPE_CHECKING:
    from clinicam.surgery import Surgery

GIB = 2**30


@dataclass(frozen=True, slots=True)
class Health:
    """What the screen shows before anybody asks for a check."""

    counts: VaultCounts
    free: int
    reserve: int


def load_health(surgery: Surgery) -> Health:
    """Counts and room. Vault thread."""
    vault = surgery.vault
    return Health(vault.counts(), vault.free_bytes(), surgery.policy.room_to_begin)


class HealthSection(Section):
    """The proof on top, then rolling check, backup and room, then one line a chain. Signals as of `Section`."""

    name = "health"
    icon = "shield-check"

    def __init__(self, surgery: Surgery, bridge: Bridge, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, QCoreApplication.translate("HealthSection", "Vault health"), parent)
        self._surgery = surgery
        self._bridge = bridge
        self._job: Job | None = None
        self._checked_ms = self._rolled_ms = 0
        self._wrong = False
        self._remarks = self._damages = 0
        page = Column(theme, self)
        inner = QWidget()
        body = Column(theme, inner, spacing=16)
        body.addLayout(self._make_head())
        self.progress = ProgressLine(theme, "")
        self.progress.hide()
        self.progress.button.setObjectName("practice.cancel")
        self.progress.cancelled.connect(self._cancel)
        body.addWidget(self.progress)
        self.notice = Notice(theme)
        self.notice.hide()
        body.addWidget(self.notice)
        self.backup = BackupPart(
            theme, bridge, surgery.backups, may_manage=Role.MANAGER in surgery.me.roles, parent=self
        )
        self.backup.trouble.connect(self.trouble)
        self.backup.said.connect(self.said)
        self.backup.asked.connect(self.ask)
        self.backup.waiting.connect(self._count_backup)
        self.checks = ChecksPart(
            theme, bridge, surgery.checks, may_manage=Role.MANAGER in surgery.me.roles, parent=self
        )
        self.checks.trouble.connect(self.trouble)
        self.checks.said.connect(self.said)
        self.checks.asked.connect(self.ask)
        self.checks.waiting.connect(self._count_damage)
        self.checks.known.connect(self._show_checks)
        body.addWidget(self.checks.notice)
        body.addWidget(self.backup.remarks)
        self._tiles = self._make_tiles()
        body.addWidget(self._tiles)
        body.addWidget(self.checks.ledger)
        body.addStretch(1)
        page.addWidget(Columns(theme, [(inner, 0)], stack_below=0, margins=(24, 20, 24, 16)), 1)

    def _make_head(self) -> Row:
        theme = self.theme
        head = Row(theme, spacing=16)
        self.seal = Seal(theme)
        head.addWidget(self.seal, 0, Qt.AlignmentFlag.AlignVCenter)
        words = Column(theme)
        self.headline = TextLabel(theme, "", "name")
        self.support = TextLabel(theme, "", "body", "ink2")
        words.addWidget(self.headline)
        words.addWidget(self.support)
        head.addLayout(words, 1)
        self.check = Button(theme, self.tr("Check now"), "secondary")
        self.check.setObjectName("practice.verify")
        self.check.clicked.connect(self.verify)
        head.addWidget(self.check, 0, Qt.AlignmentFlag.AlignVCenter)
        return head

    def _make_tiles(self) -> QWidget:
        theme = self.theme
        self._room = self._tile("hard-drive", self.tr("Room"))
        self._room_bar = Bar(theme, "accent")
        self._room[0].body.addWidget(self._room_bar)
        self._room[0].body.addStretch(1)
        return Stacking(theme, [self.checks.tile, self.backup.tile, self._room[0]], stack_below=720)

    def _tile(self, icon: str, title: str) -> tuple[Card, TextLabel, TextLabel]:
        card = Card(self.theme, (18, 14, 18, 16), 4)
        head = Row(self.theme, spacing=10)
        head.addWidget(Icon(self.theme, icon, "accent", 20))
        head.addWidget(TextLabel(self.theme, title, "strong", "ink2"), 1)
        card.body.addLayout(head)
        big = TextLabel(self.theme, "", "title")
        small = TextLabel(self.theme, "", "body", "ink2")
        card.body.addWidget(big)
        card.body.addWidget(small)
        return card, big, small

    def enter(self) -> None:
        self._bridge.run(
            load_health,
            self._surgery,
            done=self._show,
            failed=self._failed,
            owner=self,
            what=self.tr("Counting pictures"),
        )
        self.backup.enter()
        self.checks.enter()
        self.check.setFocus()

    def leave(self) -> None:
        self.backup.leave()
        self.checks.leave()
        self._cancel()

    def _count_backup(self, count: int) -> None:
        self._remarks = count
        self.badge.emit(self._remarks + self._damages)

    def _count_damage(self, count: int) -> None:
        self._damages = count
        self.badge.emit(self._remarks + self._damages)

    # health

    def _show(self, health: Health) -> None:
        if not self._checked_ms and not self._rolled_ms:
            self._show_unchecked(health.counts)
        free = health.free / GIB
        self._room[1].setText(self.tr("{count} GB free").format(count=f"{free:,.0f}" if free >= 10 else f"{free:.1f}"))
        reserve = health.reserve / GIB
        self._room[2].setText(self.tr("no session begins below {count} GB").format(count=f"{reserve:.1f}"))
        low = health.free < 4 * health.reserve
        self._room_bar.set_color("attention_edge" if low else "accent")
        self._room_bar.set_value(min(health.free, 20 * health.reserve), 20 * health.reserve)

    def _show_unchecked(self, counts: VaultCounts) -> None:
        self.seal.set_state("unknown")
        words = self.tr("{pictures}, not checked since unlocking")
        self.headline.setText(words.format(pictures=_pictures(counts.images)))
        words = self.tr("Of {patients}, with {rows} rows in the ledger. A check opens every one and compares it.")
        self.support.setText(words.format(patients=_patients(counts.patients), rows=f"{counts.rows:,}"))

    def _show_checks(self, state: CheckState) -> None:
        """The newest proof counts, whichever check gave it; damage that waits has a notice of its own."""
        rolled = state.progress
        newest = max(self._checked_ms, self._rolled_ms)
        is_proof = rolled.finished_of and not rolled.finished_found and not rolled.found and not state.damages
        if self._wrong or not is_proof or rolled.finished_ms <= newest:
            return
        self._rolled_ms = rolled.finished_ms
        self.seal.set_state("proved")
        when = moment_words(rolled.finished_ms, state.now_ms)
        self.headline.setText(self.tr("Checked {when}, nothing wrong").format(when=when))
        words = self.tr("The rolling check opened and compared {count} files, as many as there were.")
        self.support.setText(words.format(count=f"{rolled.finished_of:,}"))

    # the check

    def verify(self) -> None:
        """Open every picture and compare it with the ledger, with progress and a way out."""
        if self._job is not None:
            return
        vault = self._surgery.vault

        def work(job: Job) -> tuple[VerifyReport, int]:
            report = vault.verify(deep=True, progress=job.progress, cancelled=job.cancelled)
            return report, vault.counts().images

        self.check.setEnabled(False)
        self.notice.hide()
        self.progress.start(self.tr("Opening every picture and comparing it with the ledger"))
        self.progress.show()
        self._job = self._bridge.run_job(
            work, done=lambda found: self._verified(*found), failed=self._failed, owner=self
        )
        self._job.progressed.connect(self.progress.set_value)
        self._job.ended.connect(self._check_over)

    def _cancel(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _check_over(self) -> None:
        self._job = None
        self.progress.hide()
        self.check.setEnabled(True)

    def _verified(self, report: VerifyReport, images: int) -> None:
        now = datetime.now().astimezone()
        self._checked_ms = int(now.timestamp() * 1000)
        self._wrong = not report.ok
        when = self.tr("Checked today at {time}: {objects} files and {rows} rows.").format(
            time=now.strftime("%H:%M"), objects=f"{report.objects:,}", rows=f"{report.rows:,}"
        )
        self.support.setText(when)
        if report.ok:
            self.seal.set_state("proved")
            self.headline.setText(_all_here(images))
            if report.alarms:
                words = self.tr("{count} things a manager should look at. Run “clinicam vault verify” for the list.")
                self.notice.show_notice(words.format(count=len(report.alarms)))
                self.notice.show()
        else:
            self.seal.set_state("wrong")
            self.headline.setText(_not_right(len(report.findings)))
            words = self.tr("Do not delete anything. Tell support; “clinicam vault verify” names each of them.")
            self.notice.show_notice(words, "stopped")
            self.notice.show()

    def _failed(self, problem: BaseException) -> None:
        self.trouble.emit(message_for(problem))


def _tr(text: str) -> str:
    return QCoreApplication.translate("HealthSection", text)


def _pictures(count: int) -> str:
    return _tr("1 picture") if count == 1 else _tr("{count} pictures").format(count=f"{count:,}")


def _patients(count: int) -> str:
    return _tr("1 patient") if count == 1 else _tr("{count} patients").format(count=f"{count:,}")


def _all_here(count: int) -> str:
    if count < 2:
        return _tr("The vault is whole and unchanged") if not count else _tr("The one picture is here and unchanged")
    return _tr("All {count} pictures are here and unchanged").format(count=f"{count:,}")


def _not_right(count: int) -> str:
    if count == 1:
        return _tr("1 thing is not as it should be")
    return _tr("{count} things are not as they should be").format(count=f"{count:,}")
