# SPDX-License-Identifier: GPL-3.0-or-later
"""The roster: who may hold keys and which workstations may write, appended to and never edited (vault.md 2.3).

Every entry is signed by a manager active at that point, back to the anchor: the founder's key, which each slot carries.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import IntEnum

from clinicam.errors import Corrupt
from clinicam.vault.aead import HPKE_PUBLIC
from clinicam.vault.heads import Head
from clinicam.vault.labels import HASH, LP, Cursor, L
from clinicam.vault.sign import PUBLIC, SIGNATURE, SigningKey, verify

ENTRY = 1354
"""Bytes of one entry without its u32 length."""
NO_HPKE = b"\0" * HPKE_PUBLIC
NO_PUBLIC = b"\0" * PUBLIC
_FINAL = 8 + HASH


class RosterOp(IntEnum):
    """What an entry does."""

    ADD_USER = 1
    """a person or a recovery kit"""
    REMOVE_USER = 2
    """a leaver"""
    ADD_WRITER = 3
    """a workstation"""
    REMOVE_WRITER = 4
    """a workstation; the entry names its last row"""


class Rank(IntEnum):
    """What the keys of a roster entry are for. Between nurse, clinician and manager the program decides, not keys."""

    WRITER = 0
    """a workstation, and every removal"""
    AUDITOR = 1
    """gets the audit seed only"""
    NURSE = 2
    """holds bags"""
    CLINICIAN = 3
    """holds bags"""
    MANAGER = 4
    """holds bags and publishes keyrings"""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """One change. `subject` is the user or writer it is about."""

    generation: int
    op: RosterOp
    subject: bytes
    rank: Rank
    hpke_public: bytes = field(repr=False)
    sign_public: bytes = field(repr=False)
    author: bytes
    signature: bytes = field(repr=False)

    def signed(self, vault: bytes) -> bytes:
        """What the signature covers."""
        return L("roster") + vault + self._fields()

    def encode(self) -> bytes:
        """The entry behind its u32 length."""
        return LP(self._fields() + self.signature)

    def _fields(self) -> bytes:
        start = self.generation.to_bytes(8, "big") + bytes((self.op,)) + self.subject + bytes((self.rank,))
        return start + self.hpke_public + self.sign_public + self.author


@dataclass(frozen=True, slots=True)
class Member:
    """A user of the roster."""

    user: bytes
    rank: Rank
    hpke_public: bytes = field(repr=False)
    sign_public: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Writer:
    """A workstation of the roster. `final` is its last valid row once it was removed."""

    writer: bytes
    sign_public: bytes = field(repr=False)
    final: Head | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """A verified roster. `users` are the active ones; `former` left; `writers` are all that ever wrote."""

    raw: bytes = field(repr=False)
    entries: tuple[RosterEntry, ...]
    users: dict[bytes, Member]
    former: dict[bytes, Member]
    writers: dict[bytes, Writer]
    last_removal: int

    @property
    def founder(self) -> bytes:
        """The first user."""
        return self.entries[0].subject

    def sha256(self) -> bytes:
        """The hash that marks keep."""
        return hashlib.sha256(self.raw).digest()

    def extends(self, length: int, digest: bytes) -> bool:
        """Whether its first `length` bytes are the roster of that hash."""
        return length <= len(self.raw) and hashlib.sha256(self.raw[:length]).digest() == digest

    def active_writer(self, writer: bytes) -> bytes:
        """The public key of a workstation that may write now.

        Raises:
            Corrupt: unknown or removed.
        """
        known = self.writers.get(writer)
        if known is None or known.final is not None:
            raise Corrupt("roster: not an active workstation")
        return known.sign_public

    def public_keys(self) -> dict[bytes, bytes]:
        """Ed25519 keys of every user there ever was, for signatures in old rows."""
        return {user: member.sign_public for user, member in (self.former | self.users).items()}


def parse_roster(raw: bytes, *, vault: bytes, generation: int, anchor: bytes | None) -> Roster:
    """The roster of a keyring of `generation`, each entry verified.

    `anchor` None checks the roster against its own founder only: for what a locked workstation does, which then
    compares the keyring with its marks.

    Raises:
        Corrupt: anything that the rules of the roster do not allow.
    """
    state = _State(vault)
    cursor = Cursor(raw, "roster")
    while cursor.left:
        state.take(_entry(Cursor(cursor.prefixed(), "roster")), anchor)
    if not state.entries:
        raise Corrupt("roster: empty")
    if state.entries[-1].generation > generation:
        raise Corrupt("roster: ahead of its keyring")
    return Roster(raw, tuple(state.entries), state.users, state.former, state.writers, state.last_removal)


def found(*, vault: bytes, user: bytes, hpke_public: bytes, key: SigningKey) -> bytes:
    """The first entry: the founder, a manager, signed with the anchor."""
    return _signed(vault, 1, RosterOp.ADD_USER, user, Rank.MANAGER, hpke_public, key.public, user, key)


def add_user(
    raw: bytes,
    *,
    vault: bytes,
    generation: int,
    user: bytes,
    rank: Rank,
    hpke_public: bytes,
    sign_public: bytes,
    author: bytes,
    key: SigningKey,
) -> bytes:
    """The roster with one more user."""
    return raw + _signed(vault, generation, RosterOp.ADD_USER, user, rank, hpke_public, sign_public, author, key)


def remove_user(raw: bytes, *, vault: bytes, generation: int, user: bytes, author: bytes, key: SigningKey) -> bytes:
    """The roster with a user gone. All bags must move to the new generation's key."""
    op = RosterOp.REMOVE_USER
    return raw + _signed(vault, generation, op, user, Rank.WRITER, NO_HPKE, NO_PUBLIC, author, key)


def add_writer(
    raw: bytes, *, vault: bytes, generation: int, writer: bytes, sign_public: bytes, author: bytes, key: SigningKey
) -> bytes:
    """The roster with one more workstation."""
    op = RosterOp.ADD_WRITER
    return raw + _signed(vault, generation, op, writer, Rank.WRITER, NO_HPKE, sign_public, author, key)


def remove_writer(raw: bytes, *, vault: bytes, generation: int, final: Head, author: bytes, key: SigningKey) -> bytes:
    """The roster with a workstation gone; rows of it after `final` are no longer valid."""
    last = (final.seq.to_bytes(8, "big") + final.row_hash).ljust(HPKE_PUBLIC, b"\0")
    op = RosterOp.REMOVE_WRITER
    return raw + _signed(vault, generation, op, final.writer, Rank.WRITER, last, NO_PUBLIC, author, key)


def _signed(
    vault: bytes,
    generation: int,
    op: RosterOp,
    subject: bytes,
    rank: Rank,
    hpke_public: bytes,
    sign_public: bytes,
    author: bytes,
    key: SigningKey,
) -> bytes:
    blank = RosterEntry(generation, op, subject, rank, hpke_public, sign_public, author, b"")
    signature = key.sign(blank.signed(vault))
    return RosterEntry(generation, op, subject, rank, hpke_public, sign_public, author, signature).encode()


def _entry(cursor: Cursor) -> RosterEntry:
    generation, op, subject, rank = cursor.u64(), cursor.u8(), cursor.id(), cursor.u8()
    hpke_public, sign_public = cursor.take(HPKE_PUBLIC), cursor.take(PUBLIC)
    author, signature = cursor.id(), cursor.take(SIGNATURE)
    cursor.end()
    try:
        return RosterEntry(generation, RosterOp(op), subject, Rank(rank), hpke_public, sign_public, author, signature)
    except ValueError as error:
        raise cursor.damaged("unknown operation or role") from error


class _State:
    """A roster as it grows, entry by entry."""

    def __init__(self, vault: bytes) -> None:
        self.vault = vault
        self.entries: list[RosterEntry] = []
        self.users: dict[bytes, Member] = {}
        self.former: dict[bytes, Member] = {}
        self.writers: dict[bytes, Writer] = {}
        self.last_removal = 0

    def take(self, entry: RosterEntry, anchor: bytes | None) -> None:
        """Apply one entry, or raise `Corrupt`."""
        earliest = self.entries[-1].generation if self.entries else 1
        if entry.generation < earliest:
            raise Corrupt("roster: generations run backwards")
        verify(self._author_key(entry, anchor), entry.signature, entry.signed(self.vault))
        if entry.op is RosterOp.ADD_USER:
            self._add_user(entry)
        elif entry.op is RosterOp.REMOVE_USER:
            self._remove_user(entry)
        elif entry.op is RosterOp.ADD_WRITER:
            self._add_writer(entry)
        else:
            self._remove_writer(entry)
        self.entries.append(entry)

    def _author_key(self, entry: RosterEntry, anchor: bytes | None) -> bytes:
        if not self.entries:
            own = entry.op is RosterOp.ADD_USER and entry.author == entry.subject and entry.rank is Rank.MANAGER
            if not own or (anchor is not None and entry.sign_public != anchor):
                raise Corrupt("roster: does not begin with the founder")
            return entry.sign_public
        author = self.users.get(entry.author)
        if author is None or author.rank is not Rank.MANAGER:
            raise Corrupt("roster: author is not an active manager")
        return author.sign_public

    def _fresh(self, subject: bytes) -> None:
        if subject in self.users or subject in self.former or subject in self.writers:
            raise Corrupt("roster: an id used twice")

    def _add_user(self, entry: RosterEntry) -> None:
        self._fresh(entry.subject)
        if entry.rank is Rank.WRITER or entry.hpke_public == NO_HPKE or entry.sign_public == NO_PUBLIC:
            raise Corrupt("roster: a user without role or key")
        self.users[entry.subject] = Member(entry.subject, entry.rank, entry.hpke_public, entry.sign_public)

    def _remove_user(self, entry: RosterEntry) -> None:
        member = self.users.pop(entry.subject, None)
        if member is None or entry.rank not in {Rank.WRITER, member.rank}:
            raise Corrupt("roster: removes a user who is not there")
        if entry.hpke_public != NO_HPKE or entry.sign_public != NO_PUBLIC:
            raise Corrupt("roster: a removal with keys")
        self.former[entry.subject] = member
        self.last_removal = entry.generation

    def _add_writer(self, entry: RosterEntry) -> None:
        self._fresh(entry.subject)
        if entry.rank is not Rank.WRITER or entry.hpke_public != NO_HPKE or entry.sign_public == NO_PUBLIC:
            raise Corrupt("roster: a workstation with role or without key")
        self.writers[entry.subject] = Writer(entry.subject, entry.sign_public)

    def _remove_writer(self, entry: RosterEntry) -> None:
        known = self.writers.get(entry.subject)
        if known is None or known.final is not None or entry.rank is not Rank.WRITER:
            raise Corrupt("roster: removes a workstation that is not there")
        if any(entry.hpke_public[_FINAL:]) or entry.sign_public != NO_PUBLIC:
            raise Corrupt("roster: a removal with keys")
        seq, digest = int.from_bytes(entry.hpke_public[:8], "big"), entry.hpke_public[8:_FINAL]
        self.writers[entry.subject] = Writer(entry.subject, known.sign_public, Head(entry.subject, seq, digest))
