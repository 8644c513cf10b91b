# SPDX-License-Identifier: GPL-3.0-or-later
"""What this workstation has seen of a vault, against what lies there now: rolled back, forked, copied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from clinicam.errors import Corrupt, Forked, RolledBack
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.host import ChainNote, HostFolder
from clinicam.vault.hoststate import BagMark, LoginName, Marks, WriterState, decode_logins, encode_logins
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import KeyBook, WriterKey
from clinicam.vault.labels import ID
from clinicam.vault.scribe import Scribe

_MARKS_WRITER = slice(24, 24 + ID)
"""Where a marks file names the writer that signed it."""


def load_writer(host: HostFolder, vault: bytes) -> WriterKey | None:
    """This workstation's writer, None on a machine that has none. Raises Corrupt, UnsupportedFormat."""
    raw = host.read(vault, "writer")
    if raw is None:
        return None
    state = WriterState.decode(raw, vault=vault)
    return WriterKey.from_seed(state.writer, state.seed)


def save_writer(host: HostFolder, vault: bytes, writer: WriterKey) -> None:
    """Keep a writer's seed. Raises DiskFull, WriteFailed."""
    host.write(vault, "writer", WriterState(vault, writer.writer, writer.seed).encode())


def load_marks(host: HostFolder, keyring: KeyringFile) -> Marks | None:
    """The marks, by whichever of our writers they were signed; None if there are none.

    Raises:
        Corrupt, UnsupportedFormat: damage, or signed by nobody we know.
    """
    raw = host.read(keyring.vault, "marks")
    if raw is None:
        return None
    name = raw[_MARKS_WRITER]
    writer = keyring.roster.writers.get(name)
    if writer is not None:
        return Marks.decode(raw, vault=keyring.vault, writer=name, public=writer.sign_public)
    # A keyring from before this workstation was let in: its own key tells the marks are genuine.
    own = load_writer(host, keyring.vault)
    if own is None or own.writer != name:
        raise Corrupt("marks: of an unknown workstation")
    return Marks.decode(raw, vault=keyring.vault, writer=name, public=own.signing.public)


def check_keyring(marks: Marks, keyring: KeyringFile) -> None:
    """Return if the keyring is the marked one or follows it.

    Raises:
        RolledBack: of a lower generation.
        Forked: another of the same generation, a successor of another, or a roster that was rewritten.
    """
    if keyring.generation < marks.generation:
        raise RolledBack("keyring: of an older generation than this workstation has seen")
    if keyring.generation == marks.generation and keyring.sha256 != marks.keyring_sha256:
        raise Forked("keyring: another of the same generation")
    if keyring.generation == marks.generation + 1 and keyring.prev != marks.keyring_sha256:
        raise Forked("keyring: follows another")
    if not keyring.roster.extends(marks.roster_length, marks.roster_sha256):
        raise Forked("roster: rewritten")


def check_bags(marks: Marks, keyring: KeyringFile, bags: Iterable[BagMark]) -> None:
    """Return if every marked bag of this generation is there, at least as new.

    Raises:
        RolledBack: one is missing or older.
        Forked: another of the same revision.
    """
    if keyring.generation != marks.generation:
        return
    held = {(bag.writer, bag.volume): bag for bag in bags}
    for marked in marks.bags:
        bag = held.get((marked.writer, marked.volume))
        if bag is None or bag.revision < marked.revision:
            raise RolledBack("bag: older than this workstation has seen it")
        if bag.revision == marked.revision and bag.sha256 != marked.sha256:
            raise Forked("bag: another of the same revision")


def is_copy(host: HostFolder, files: VaultFiles, vault: bytes) -> bool:
    """Whether this is another copy of the vault, or another machine, than this workstation wrote to last."""
    note = host.note(vault)
    return note is None or note.machine != host.machine(vault) or note.inode != files.inode


def save_marks(host: HostFolder, files: VaultFiles, book: KeyBook, scribe: Scribe, heads: Iterable[Head]) -> None:
    """Marks and chain note, as things stand. Raises DiskFull, WriteFailed."""
    keyring = book.keyring
    marks = Marks(
        vault=keyring.vault,
        writer=scribe.writer.writer,
        generation=keyring.generation,
        keyring_sha256=keyring.sha256,
        roster_length=len(keyring.roster.raw),
        roster_sha256=keyring.roster.sha256(),
        bags=book.bag_marks(),
        heads=tuple(head for head in heads if head.seq),
    )
    host.write(keyring.vault, "marks", marks.encode(scribe.writer.signing))
    host.write_note(keyring.vault, _note(host, files, keyring.vault, scribe))


def save_audit_marks(
    host: HostFolder, files: VaultFiles, keyring: KeyringFile, scribe: Scribe, heads: Iterable[Head]
) -> None:
    """As `save_marks` for an auditor, who cannot open bags: what was marked of keyring and bags stays as it was.

    Raises:
        DiskFull, WriteFailed. Corrupt, UnsupportedFormat: the marks there are.
    """
    marks = load_marks(host, keyring)
    if marks is not None:
        held = tuple(head for head in heads if head.seq)
        marks = replace(marks, writer=scribe.writer.writer, heads=held)
        host.write(keyring.vault, "marks", marks.encode(scribe.writer.signing))
    host.write_note(keyring.vault, _note(host, files, keyring.vault, scribe))


def _note(host: HostFolder, files: VaultFiles, vault: bytes, scribe: Scribe) -> ChainNote:
    end = scribe.end
    return ChainNote(
        machine=host.machine(vault),
        inode=files.inode,
        seq=end.head.seq,
        lamport=scribe.lamport,
        segment=end.segment,
        offset=end.start,
    )


def load_logins(host: HostFolder, keyring: KeyringFile) -> tuple[LoginName, ...]:
    """Names for the lock screen, by whichever of our writers they were signed. Raises Corrupt, UnsupportedFormat."""
    raw = host.read(keyring.vault, "logins")
    if raw is None:
        return ()
    problem = Corrupt("logins: signed by nobody we know")
    for writer in keyring.roster.writers.values():
        try:
            return decode_logins(raw, vault=keyring.vault, public=writer.sign_public)
        except Corrupt as error:
            problem = error
    raise problem


def save_logins(host: HostFolder, vault: bytes, writer: WriterKey, logins: Iterable[LoginName]) -> None:
    """Replace the names. Raises DiskFull, WriteFailed."""
    host.write(vault, "logins", encode_logins(logins, vault=vault, key=writer.signing))
