# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger as people read it: the acts, with names for staff, and what is handed out of it. Vault thread only.

A manager and an auditor have the same book. The manager's knows everybody's name and can turn a patient into the
pseudonym that stands in acts; the auditor's knows the names that this workstation's lock screen shows, and no patient.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from clinicam.errors import RoleRefused
from clinicam.identity import PatientId, Role
from clinicam.vault.acts import What
from clinicam.vault.extract import Extract, Form, write_extract
from clinicam.vault.heads import Head
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import subject_of
from clinicam.vault.ledgerdesk import HandedOut, LedgerDesk
from clinicam.vault.ledgerfilter import ActFilter
from clinicam.vault.ledgerread import ChainFacts
from clinicam.vault.ledgerstream import ActStream


@dataclass(frozen=True, slots=True)
class DailySheet:
    """What is printed, or written on paper, at the end of a day. `code`: twenty characters that pin every row so far.

    `note` is the checkpoint itself, for whoever keeps files. No patient is in it.
    """

    at_ms: int
    vault: bytes
    generation: int
    rows: int
    code: str
    note: bytes
    chains: tuple[ChainFacts, ...]
    alarms: tuple[str, ...]


class LedgerBook:
    """See the module.

    Args:
        names: of staff, by every id they have or had.
        pseudonym: of a patient; None for an auditor, who cannot make one.
        alarms: what opening the vault found.
    """

    def __init__(
        self,
        desk: LedgerDesk,
        *,
        names: Callable[[], Mapping[bytes, str]],
        pseudonym: Callable[[PatientId], bytes] | None = None,
        alarms: Sequence[str] = (),
    ) -> None:
        self.alarms = tuple(alarms)
        self.knows_patients = pseudonym is not None
        self._desk = desk
        self._names = names
        self._pseudonym = pseudonym
        self._is_noted = False
        self._sheet: tuple[tuple[Head, ...], DailySheet] | None = None

    @staticmethod
    def of_manager(
        inside: Inside, *, names: Callable[[], Mapping[bytes, str]], alarms: Sequence[str] = ()
    ) -> LedgerBook:
        """For somebody with bags. Raises RoleRefused, if they are no manager."""
        desk = LedgerDesk.of(inside)

        def pseudonym(patient: PatientId) -> bytes:
            inside.check_open()
            return subject_of(inside.book.table.locator, patient)

        return LedgerBook(desk, names=names, pseudonym=pseudonym, alarms=alarms)

    def names(self) -> dict[bytes, str]:
        """Staff by id, in the order of their names; each id they have or had."""
        return dict(sorted(self._names().items(), key=lambda one: one[1].casefold()))

    def pseudonym(self, patient: PatientId) -> bytes:
        """What acts about a patient say instead of who it is. Raises RoleRefused for an auditor, VaultClosed."""
        if self._pseudonym is None:
            raise RoleRefused(Role.MANAGER.value)
        return self._pseudonym(patient)

    def open(self, wanted: ActFilter) -> ActStream:
        """The acts that `wanted` keeps, the newest first. That somebody looked is an act, once an unlocking.

        Raises:
            VaultClosed; DiskFull, WriteFailed: it could not be recorded, so there is nothing to see.
        """
        if not self._is_noted:
            self._desk.note(What.LEDGER_VIEWED)
            self._is_noted = True
        return self._desk.reader.stream(wanted)

    def count(
        self,
        wanted: ActFilter,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> int | None:
        """How many acts `wanted` keeps; None when it was cancelled. Raises VaultClosed, Corrupt, UnsupportedFormat."""
        return self._desk.reader.count(wanted, progress=progress, cancelled=cancelled)

    def chains(self) -> tuple[ChainFacts, ...]:
        """What there is to say of each workstation. Raises VaultClosed, Corrupt, UnsupportedFormat."""
        return self._desk.reader.chains()

    def is_mine(self, chain: ChainFacts) -> bool:
        """Whether it is this workstation's."""
        return chain.writer == self._desk.writer

    def daily_sheet(self) -> DailySheet:
        """A checkpoint of this moment and what stands around it; its code is in the ledger from now on.

        Asked for again before any row came, it is the same sheet, with the time it was made.

        Raises:
            VaultClosed; DiskFull, WriteFailed: there is none. Corrupt, UnsupportedFormat: a chain is not as it was.
        """
        chains = self.chains()
        if self._sheet is not None and self._sheet[0] == tuple(one.head for one in chains):
            return self._sheet[1]
        handed = self._desk.hand_out()
        rows = sum(head.seq for head in handed.checkpoint.heads)
        sheet = DailySheet(
            self._desk.wall_ms(),
            handed.checkpoint.vault,
            handed.checkpoint.generation,
            rows,
            handed.short,
            handed.note,
            chains,
            self.alarms,
        )
        self._sheet = tuple(one.head for one in self.chains()), sheet
        return sheet

    def checkpoint(self) -> HandedOut:
        """A checkpoint of this moment for somebody to keep.

        Raises:
            VaultClosed; DiskFull, WriteFailed: there is none.
        """
        return self._desk.hand_out()

    @property
    def vkey(self) -> str:
        """The public key of this workstation, to check its notes with."""
        return self._desk.vkey

    def extract(
        self,
        wanted: ActFilter,
        path: Path,
        form: Form,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Extract:
        """Write chosen acts to `path` and a signed note beside it; see `vault.extract.write_extract`."""
        return write_extract(
            self._desk, wanted, path, form, names=self._names(), progress=progress, cancelled=cancelled
        )
