# SPDX-License-Identifier: GPL-3.0-or-later
"""`<vault>.checked` in host state: how far this workstation has checked the ledger and the pictures.

Sealed under the index key, as it names rows and objects; a cache: without it, or when it does not open, everything is
checked again. File: `CCCHKD` 0 1 | vault 16 | nonce 12 | AESGCM(index key, MessagePack), AAD = L("checked") | vault.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import msgspec

from clinicam.errors import Corrupt, UnsupportedFormat, VaultError
from clinicam.vault.aead import NONCE, open_sealed, seal, system_randomness
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.codec import Count, Hash, Id, Record, decode, encode
from clinicam.vault.heads import Head
from clinicam.vault.host import HostFolder
from clinicam.vault.keys import KeyBook
from clinicam.vault.labels import Cursor, L

MAGIC = b"CCCHKD\0\1"
_KIND = "checked"


class CheckedChain(Record, frozen=True, forbid_unknown_fields=True):
    """Up to which row a chain was checked, signatures and all, and where that row lies."""

    writer: Id
    seq: Count
    row_hash: Hash
    segment: Count
    start: Count
    stop: Count
    lamport: Count

    @property
    def end(self) -> ChainEnd:
        """As chains are walked from."""
        return ChainEnd(Head(self.writer, self.seq, self.row_hash), self.segment, self.start, self.stop)

    @staticmethod
    def at(end: ChainEnd, lamport: int) -> CheckedChain:
        """That a chain is good up to `end`."""
        head = end.head
        return CheckedChain(head.writer, head.seq, head.row_hash, end.segment, end.start, end.stop, lamport)


class ScrubNote(Record, frozen=True, forbid_unknown_fields=True):
    """How far the rolling check is. Times are UTC milliseconds, 0: never.

    `chains` is what it has walked this time; `after` the last object it opened (empty: none yet).
    """

    began_ms: Count = 0
    chains: tuple[CheckedChain, ...] = ()
    rows_done: bool = False
    after: bytes = b""
    done: Count = 0
    of: Count = 0
    found: Count = 0
    finished_ms: Count = 0
    finished_of: Count = 0
    finished_found: Count = 0


class CheckNote(Record, frozen=True, forbid_unknown_fields=True):
    """See the module. `witnessed` are heads of checkpoints that were rows once."""

    chains: tuple[CheckedChain, ...] = ()
    witnessed: tuple[tuple[Id, Count, Hash], ...] = ()
    scrub: ScrubNote = ScrubNote()

    def chain(self, writer: bytes) -> CheckedChain | None:
        """How far one chain was checked."""
        return next((chain for chain in self.chains if chain.writer == writer), None)

    def with_scrub(self, scrub: ScrubNote) -> CheckNote:
        """The same, and how far the rolling check is now."""
        return msgspec.structs.replace(self, scrub=scrub)

    def with_checked(self, chains: Iterable[CheckedChain], witnessed: Iterable[Head]) -> CheckNote:
        """The same, and what a check has found good."""
        heads = tuple((head.writer, head.seq, head.row_hash) for head in sorted(witnessed))
        return msgspec.structs.replace(self, chains=tuple(chains), witnessed=heads)


def load_note(host: HostFolder, book: KeyBook) -> CheckNote:
    """What this workstation remembers; nothing, if there is no note or it is not one of this vault's present keys."""
    with suppress(Corrupt, UnsupportedFormat):
        raw = host.read(book.vault, _KIND)
        if raw is not None:
            cursor = Cursor(raw, "checked")
            cursor.magic(MAGIC)
            cursor.same(book.vault, "vault")
            nonce = cursor.take(NONCE)
            return decode(open_sealed(book.shared.index, nonce, cursor.view(cursor.left), _aad(book.vault)), CheckNote)
    return CheckNote()


def save_note(host: HostFolder, book: KeyBook, note: CheckNote) -> None:
    """Remember. A disk that takes nothing costs a check that is made again, so that is nobody's error."""
    nonce = system_randomness(NONCE)
    sealed = seal(book.shared.index, nonce, encode(note), _aad(book.vault))
    with suppress(VaultError):
        host.write(book.vault, _KIND, MAGIC + book.vault + nonce + sealed)


def _aad(vault: bytes) -> bytes:
    return L("checked") + vault
