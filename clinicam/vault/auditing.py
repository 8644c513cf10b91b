# SPDX-License-Identifier: GPL-3.0-or-later
"""From an auditor's secret to an open ledger. The order is: keyring, seed A, what was seen before, chains, act, marks.

Rows beyond what this workstation has seen are checked here as opening a vault does; older ones when they are read, each
by the one after it (`chainback`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clinicam.errors import Corrupt, RoleRefused, RolledBack, WriteFailed
from clinicam.identity import Role
from clinicam.vault.acts import What, spell
from clinicam.vault.audit import AuditKeys
from clinicam.vault.auditvault import AuditInside, AuditVault
from clinicam.vault.chainback import ChainMap
from clinicam.vault.chainread import ChainEnd, ChainReader, check_marked, row_at
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import KeyringFile, parse_keyring
from clinicam.vault.locked import LockedChain
from clinicam.vault.pinned import pin
from clinicam.vault.roster import Rank, Writer
from clinicam.vault.rows import Row, check_signature
from clinicam.vault.scribe import Draft
from clinicam.vault.seen import check_keyring, load_marks
from clinicam.vault.slot import UserSecret
from clinicam.vault.witnessing import witness_others


def open_audit(
    files: VaultFiles,
    host: HostFolder,
    chain: LockedChain,
    *,
    user: bytes,
    secret: UserSecret,
    on_close: Callable[[], None],
) -> AuditVault:
    """See `Vault.unlock_audit`."""
    keyring = parse_keyring(files.keyring(), vault=chain.keyring.vault, anchor=secret.anchor)
    audit = _audit_keys(keyring, user, secret)
    marks = load_marks(host, keyring)
    if marks is not None:
        check_keyring(marks, keyring)
    if chain.problem is not None:
        raise chain.problem
    scribe = chain.scribe
    if scribe is None:
        raise WriteFailed("this workstation may not write yet: a manager has to unlock the vault here once")
    # Before the chains: every row that they name is durable by then.
    notes = files.checkpoints()
    ends, alarms = find_ends(files, keyring, marks.heads if marks is not None else ())
    own = scribe.writer.writer
    if own in ends and ends[own].head != scribe.end.head:
        raise Corrupt("ledger: our chain changed while it was locked")
    chain.keyring = keyring
    inside = AuditInside(files, host, keyring, user, secret, audit, scribe, ends)
    vault = AuditVault(inside, alarms=(), on_close=on_close)
    newest = [one.newest_lamport for one in vault.desk.reader.chains()]
    if max(newest, default=0) > scribe.lamport:
        scribe.lamport = max(newest)
        # Before the first row of the new time: after a crash the note must not count on from the old one.
        inside.save_marks()
    inside.write([Draft(spell(What.UNLOCK, "auditor"))])
    inside.save_marks()
    alarms += witness_others(files, notes, vault.desk.reader, keyring, scribe.writer)
    alarms += [f"quarantine {name}" for name in files.ledger.quarantine()]
    vault.alarms = tuple(alarms)
    return vault


def _audit_keys(keyring: KeyringFile, user: bytes, secret: UserSecret) -> AuditKeys:
    member = keyring.roster.users.get(user)
    if member is None or member.rank is not Rank.AUDITOR:
        raise RoleRefused(Role.AUDITOR.value)
    seed = keyring.open_seed(user, secret.hpke_pair())
    audit = AuditKeys.from_seed(seed)
    if audit.public != keyring.audit_public:
        raise Corrupt("keyring: another audit key than the auditor was given")
    pin(seed, audit.key, secret.hpke_seed, secret.sign_seed)
    return audit


def find_ends(
    files: VaultFiles, keyring: KeyringFile, marked: Iterable[Head]
) -> tuple[dict[bytes, ChainEnd], list[str]]:
    """Where each chain ends, walked from the marked heads on, or from its beginning; and alarms.

    Raises:
        RolledBack: a marked head is missing. Forked: another row in place of one.
        Corrupt, UnsupportedFormat: damage behind a mark.
    """
    marks = {head.writer: head for head in marked}
    writers = files.ledger.writers()
    if missing := marks.keys() - set(writers):
        raise RolledBack(f"ledger: {len(missing)} chains are gone")
    ends: dict[bytes, ChainEnd] = {}
    alarms: list[str] = []
    for writer in writers:
        known = keyring.roster.writers.get(writer)
        if known is None:
            if not files.ledger.segments(writer):
                continue  # its rows went into quarantine, the folder stayed
            raise Corrupt("ledger: rows of an unknown workstation")
        end, is_torn = _end(files, keyring.vault, known, marks.get(writer))
        ends[writer] = end
        if is_torn:
            alarms.append(f"chain {writer.hex()} has a torn end")
    return ends, alarms


def _end(files: VaultFiles, vault: bytes, known: Writer, marked: Head | None) -> tuple[ChainEnd, bool]:
    after = _marked(files, vault, known, marked) if marked is not None else None
    reader = ChainReader(files.ledger, vault=vault, writer=known.writer, public=known.sign_public, after=after)
    last: Row | None = None
    for stretch in reader.stretches():
        last = stretch.rows[-1] if stretch.rows else last
    if reader.bad is not None and not reader.bad.torn:
        raise reader.bad.problem
    if last is not None:
        check_signature(last, known.sign_public)
    if known.final is not None and reader.end.head.seq > known.final.seq:
        raise Corrupt("ledger: rows of a workstation after it was removed")
    return reader.end, reader.bad is not None


def _marked(files: VaultFiles, vault: bytes, known: Writer, marked: Head) -> ChainEnd:
    found = ChainMap(files.ledger, vault, known.writer).find(marked.seq)
    row = row_at(files.ledger, vault, known.writer, found.segment, found.start) if found is not None else None
    if found is None or row is None or row.seq != marked.seq:
        raise RolledBack("ledger: shorter than this workstation has seen it")
    check_marked(row, marked, known.sign_public)
    return found
