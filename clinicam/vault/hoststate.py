# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workstation keeps outside the vault: its writer key, what it has last seen, and who may log in here. Pure.

The marks are what makes a rolled-back or forked vault show (vault.md 2.3, host state).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clinicam.errors import Corrupt
from clinicam.vault.heads import Head, encode_heads, parse_heads
from clinicam.vault.labels import HASH, LP, Cursor, L
from clinicam.vault.sign import SEED, SIGNATURE, SigningKey, verify

WRITER_MAGIC = b"CCWRIT\0\1"
MARKS_MAGIC = b"CCMARK\0\1"
LOGINS_MAGIC = b"CCLOGN\0\1"
LONGEST_LOGIN = 200


@dataclass(frozen=True, slots=True)
class WriterState:
    """`<vault>.writer`: this workstation's name in the ledger and its signing seed."""

    vault: bytes
    writer: bytes
    seed: bytes = field(repr=False)

    def encode(self) -> bytes:
        """The 72 bytes of the file."""
        return WRITER_MAGIC + self.vault + self.writer + self.seed

    @staticmethod
    def decode(data: bytes, *, vault: bytes) -> WriterState:
        """Raises: Corrupt (damage, another vault), UnsupportedFormat."""
        cursor = Cursor(data, "writer")
        cursor.magic(WRITER_MAGIC)
        cursor.same(vault, "vault")
        state = WriterState(vault, cursor.id(), cursor.take(SEED))
        cursor.end()
        return state

    def key(self) -> SigningKey:
        """The key that signs rows, bags, marks and checkpoints."""
        return SigningKey.from_seed(self.seed)


@dataclass(frozen=True, slots=True, order=True)
class BagMark:
    """One bag volume as last seen."""

    writer: bytes
    volume: int
    revision: int
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Marks:
    """`<vault>.marks`: the newest this workstation has seen. `roster_length` counts bytes."""

    vault: bytes
    writer: bytes
    generation: int
    keyring_sha256: bytes
    roster_length: int
    roster_sha256: bytes
    bags: tuple[BagMark, ...]
    heads: tuple[Head, ...]

    def encode(self, key: SigningKey) -> bytes:
        """The file, signed with the writer key; bags and heads sorted."""
        bags = sorted(self.bags)
        body = b"".join((
            MARKS_MAGIC,
            self.vault,
            self.writer,
            self.generation.to_bytes(8, "big"),
            self.keyring_sha256,
            self.roster_length.to_bytes(4, "big"),
            self.roster_sha256,
            len(bags).to_bytes(4, "big"),
            *(b.writer + b.volume.to_bytes(4, "big") + b.revision.to_bytes(8, "big") + b.sha256 for b in bags),
            encode_heads(self.heads),
        ))
        return body + key.sign(L("marks") + body)

    @staticmethod
    def decode(data: bytes, *, vault: bytes, writer: bytes, public: bytes) -> Marks:
        """The marks that `writer` signed for `vault`.

        Raises:
            Corrupt: damage, another vault or writer, a bag or head twice, another signature.
            UnsupportedFormat: a later version.
        """
        cursor = Cursor(data, "marks")
        cursor.magic(MARKS_MAGIC)
        cursor.same(vault, "vault")
        cursor.same(writer, "writer")
        generation, keyring_sha256 = cursor.u64(), cursor.take(HASH)
        roster_length, roster_sha256 = cursor.u32(), cursor.take(HASH)
        bags = tuple(BagMark(cursor.id(), cursor.u32(), cursor.u64(), cursor.take(HASH)) for _ in range(cursor.u32()))
        heads = parse_heads(cursor)
        signed = data[: cursor.position]
        signature = cursor.take(SIGNATURE)
        cursor.end()
        if len({(bag.writer, bag.volume) for bag in bags}) != len(bags):
            raise cursor.damaged("a bag twice")
        verify(public, signature, L("marks") + signed)
        return Marks(vault, writer, generation, keyring_sha256, roster_length, roster_sha256, bags, heads)


@dataclass(frozen=True, slots=True)
class LoginName:
    """A user as the lock screen shows them: staff only, never a patient."""

    user: bytes
    name: str


def encode_logins(logins: Iterable[LoginName], *, vault: bytes, key: SigningKey) -> bytes:
    """`<vault>.logins`: magic | vault | n u16 x (user 16 | LP(name UTF-8)) | Ed25519 by the writer over L("logins") | preceding."""
    entries = [login.user + LP(login.name.encode()) for login in logins]
    body = LOGINS_MAGIC + vault + len(entries).to_bytes(2, "big") + b"".join(entries)
    return body + key.sign(L("logins") + body)


def decode_logins(data: bytes, *, vault: bytes, public: bytes) -> tuple[LoginName, ...]:
    """The names this workstation wrote, in its order.

    Raises:
        Corrupt: damage, another vault, a user twice, a name that is no line of text, another signature.
        UnsupportedFormat: a later version.
    """
    cursor = Cursor(data, "logins")
    cursor.magic(LOGINS_MAGIC)
    cursor.same(vault, "vault")
    raw = [(cursor.id(), cursor.prefixed()) for _ in range(cursor.u16())]
    signed = data[: cursor.position]
    signature = cursor.take(SIGNATURE)
    cursor.end()
    verify(public, signature, L("logins") + signed)
    logins = tuple(LoginName(user, _line(name)) for user, name in raw)
    if len({login.user for login in logins}) != len(logins):
        raise cursor.damaged("a user twice")
    return logins


def _line(raw: bytes) -> str:
    try:
        name = raw.decode()
    except UnicodeDecodeError as error:
        raise Corrupt("logins: a name that is not text") from error
    if not name.isprintable() or len(name) > LONGEST_LOGIN:
        raise Corrupt("logins: a name that is not a line of text")
    return name
