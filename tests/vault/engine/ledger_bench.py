# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger of acts without a vault around it: chains as long as a test wants, in segments as short as it wants."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from clinicam.errors import DiskFull
from clinicam.identity import StaffId
from clinicam.vault.audit import AuditKeys
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import chain_start
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import WriterKey
from clinicam.vault.ledgerdesk import LedgerDesk
from clinicam.vault.ledgerfilter import ActRow
from clinicam.vault.ledgerread import LedgerReader
from clinicam.vault.roster import Roster, Writer
from clinicam.vault.scribe import Draft, Scribe
from clinicam.vault.stores.embedded_ledger import EmbeddedLedger

VAULT = b"v" * 16
WHO = b"w" * 16
AUDIT = AuditKeys.from_seed(b"a" * 32)


@dataclass(frozen=True)
class Deed:
    """One act to be: by whom, what, of whom, when by the clock on the wall."""

    who: bytes
    what: str
    subject: bytes | None
    wall: int


class CountingLedger(EmbeddedLedger):
    """Tells how much was read."""

    bytes_read = 0

    def read(self, writer: bytes, segment: int, offset: int = 0, length: int = -1) -> bytes:
        data = super().read(writer, segment, offset, length)
        self.bytes_read += len(data)
        return data


class Ledger:
    """Chains of `writers` workstations in a folder, and what was written to them in order."""

    def __init__(self, folder: Path, *, writers: int = 1, limit: int = 64 * 2**20) -> None:
        self.files = VaultFiles(folder)
        self.files.lay_out()
        self.store = CountingLedger(folder / "ledger", folder / "quarantine", limit=limit)
        self.files.ledger = self.store
        self.keys = [WriterKey.make() for _ in range(writers)]
        self.scribes = [
            Scribe(
                self.store,
                vault=VAULT,
                writer=key,
                end=ChainEnd(chain_start(VAULT, key.writer), 0, 0, 0),
                lamport=0,
            )
            for key in self.keys
        ]
        known = {key.writer: Writer(key.writer, key.signing.public) for key in self.keys}
        roster = Roster(b"", (), {}, {}, known, 0)
        self.keyring = KeyringFile(VAULT, True, 1, b"\0" * 32, AUDIT.public, roster, {}, b"\0" * 16, b"k" * 32)

    def write(self, deeds: Sequence[Deed], *, writer: int = 0, lamport: int | None = None) -> None:
        """One batch by one person: the first deed's `who` and `wall` hold for all."""
        scribe = self.scribes[writer]
        scribe.lamport = lamport if lamport is not None else max(one.lamport for one in self.scribes)
        drafts = [Draft(deed.what, deed.subject) for deed in deeds]
        scribe.write(drafts, who=deeds[0].who, wall_ms=deeds[0].wall, audit=AUDIT, locator=b"")

    def ends(self) -> dict[bytes, ChainEnd]:
        return {scribe.writer.writer: scribe.end for scribe in self.scribes}

    def reader(self) -> LedgerReader:
        return LedgerReader(self.files, keys=lambda: AUDIT, ends=self.ends, keyring=lambda: self.keyring)

    def close(self) -> None:
        self.store.close()


def deeds_of(rows: Iterable[ActRow]) -> list[Deed]:
    return [Deed(row.act.who or b"", row.act.what, row.act.subject, row.act.wall) for row in rows]


class Office(Ledger):
    """A ledger with a desk, whose acts go into it."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.full = False
        self.desk = LedgerDesk(
            self.reader(),
            self.files,
            user=StaffId(WHO),
            key=self.keys[0],
            keyring=lambda: self.keyring,
            note=self._note,
            wall_ms=lambda: 1_790_000_000_000,
        )

    def _note(self, draft: Draft) -> None:
        if self.full:
            raise DiskFull("no room")
        self.write([Deed(WHO, draft.what, None, 5)])

    @property
    def writers(self) -> dict[bytes, bytes]:
        return {key.writer: key.signing.public for key in self.keys}
