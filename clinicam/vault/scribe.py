# SPDX-License-Identifier: GPL-3.0-or-later
"""The end of this workstation's own chain, and the only thing that adds to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clinicam.errors import Corrupt
from clinicam.identity import NOBODY, new_id
from clinicam.vault.acts import Act, make_act
from clinicam.vault.audit import AuditKeys
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.content import RowContent
from clinicam.vault.keyref import ContentKey
from clinicam.vault.keys import WriterKey
from clinicam.vault.rows import Row, SealedRow, parse_row, seal_locked_row, seal_row
from clinicam.vault.stores.port import LedgerStore


@dataclass(frozen=True, slots=True)
class Draft:
    """One row to be: the act's `what` as spelled, its pseudonymous subject, and content with its key.

    Acts of two people give `rid`, `intent` and `signatures` (see `cosigning`), and their ends `done`, the intent's rid.
    """

    what: str
    subject: bytes | None = None
    content: RowContent | None = None
    key: ContentKey | None = None
    rid: bytes | None = None
    intent: bytes | None = None
    signatures: tuple[tuple[bytes, bytes], ...] = ()
    done: bytes | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """A durable batch. Offsets in `rows` count from `base` in the segment file."""

    segment: int
    base: int
    rows: tuple[tuple[Row, Act, RowContent | None], ...]


class Scribe:
    """Appends batches to one chain. One thread.

    `lamport` is the highest Lamport time known; each row gets one more.
    """

    def __init__(self, ledger: LedgerStore, *, vault: bytes, writer: WriterKey, end: ChainEnd, lamport: int) -> None:
        self._ledger = ledger
        self._vault = vault
        self.writer = writer
        self.end = end
        self.lamport = lamport

    def write(self, drafts: Sequence[Draft], *, who: bytes, wall_ms: int, audit: AuditKeys, locator: bytes) -> Written:
        """One batch: one append, one flush; durable when this returns.

        Raises:
            DiskFull, WriteFailed: nothing was added.
            Corrupt: a content that its key may not seal, or memory that gave back other bytes.
        """
        batch, head = new_id(), self.end.head
        sealed: list[SealedRow] = []
        acts: list[Act] = []
        for i, draft in enumerate(drafts, 1):
            act = make_act(
                who=who,
                what=draft.what,
                wall=wall_ms,
                lamport=self.lamport + i,
                subject=draft.subject,
                batch=(batch, i, len(drafts)),
                intent=draft.intent,
                signatures=draft.signatures,
                done=draft.done,
            )
            row = seal_row(
                act,
                draft.content,
                vault=self._vault,
                head=head,
                signer=self.writer.signing,
                audit=audit,
                locator=locator,
                key=draft.key,
                more=i < len(drafts),
                rid=draft.rid,
            )
            sealed.append(row)
            acts.append(act)
            head = row.head
        return self._append(sealed, acts, [draft.content for draft in drafts])

    def write_locked(self, what: str, *, wall_ms: int, audit_public: bytes) -> Written:
        """One act while nobody is unlocked.

        Raises:
            DiskFull, WriteFailed: nothing was added.
        """
        act = make_act(who=NOBODY, what=what, wall=wall_ms, lamport=self.lamport + 1, batch=(new_id(), 1, 1))
        row = seal_locked_row(
            act, vault=self._vault, head=self.end.head, signer=self.writer.signing, audit_public=audit_public
        )
        return self._append([row], [act], [None])

    def _append(
        self, sealed: Sequence[SealedRow], acts: Sequence[Act], contents: Sequence[RowContent | None]
    ) -> Written:
        data = b"".join(row.data for row in sealed)
        rows: list[Row] = []
        position = 0
        for one in sealed:
            row = parse_row(data, position, self._vault)
            if row.head != one.head:
                raise Corrupt("row: memory gave back other bytes than it was given")
            rows.append(row)
            position = row.end
        spot = self._ledger.append(self.writer.writer, data)
        last = rows[-1]
        self.end = ChainEnd(last.head, spot.segment, spot.offset + last.start, spot.offset + last.end)
        self.lamport += len(rows)
        return Written(spot.segment, spot.offset, tuple(zip(rows, acts, contents, strict=True)))
