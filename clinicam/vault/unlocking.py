# SPDX-License-Identifier: GPL-3.0-or-later
"""From a user's secret to an open vault.

The order is: keys, what was seen before, rows, writer, act, what two people agreed to, orphans, marks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from clinicam.errors import Corrupt
from clinicam.permits import PermitCheck
from clinicam.vault.accepting import Accepted, set_aside_checkpoints
from clinicam.vault.acts import What, spell
from clinicam.vault.adopting import adopt, fill_frames
from clinicam.vault.agreements import load_agreed
from clinicam.vault.chainread import ChainEnd
from clinicam.vault.erasure import carry_out_pending
from clinicam.vault.files import VaultFiles
from clinicam.vault.generation import enrol_writer
from clinicam.vault.gonekeys import explained
from clinicam.vault.heads import chain_start
from clinicam.vault.host import HostFolder
from clinicam.vault.hoststate import LoginName
from clinicam.vault.index import Index
from clinicam.vault.inside import Inside
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import KeyBook, WriterKey, open_keys
from clinicam.vault.ledgerread import LedgerReader
from clinicam.vault.locked import LockedChain
from clinicam.vault.moving import finish_moves
from clinicam.vault.openvault import OpenVault
from clinicam.vault.reencrypting import settle_resealed
from clinicam.vault.scribe import Draft, Scribe
from clinicam.vault.seen import check_bags, check_keyring, load_marks, save_logins, save_writer
from clinicam.vault.slot import UserSecret
from clinicam.vault.witnessing import witness_others


def open_vault(
    files: VaultFiles,
    host: HostFolder,
    chain: LockedChain,
    *,
    user: bytes,
    secret: UserSecret,
    what: What,
    checks: PermitCheck,
    logins: Callable[[], Iterable[LoginName]],
    on_close: Callable[[], None],
    accepted: Accepted | None = None,
) -> OpenVault:
    """See `Vault.unlock`. `chain` gets its writer here if it had none, also when something later fails.

    With `accepted`, marks are not looked at: a manager goes on from what is there.
    """
    book = open_keys(files, vault=chain.keyring.vault, user=user, secret=secret)
    marks = load_marks(host, book.keyring) if accepted is None else None
    if marks is not None:
        check_keyring(marks, book.keyring)
        check_bags(marks, book.keyring, book.bag_marks())
    if chain.problem is not None:
        raise chain.problem
    own = chain.scribe.writer.writer if chain.scribe is not None else b""
    # Before the chains: every row that they name is durable by then.
    notes = files.checkpoints()
    opened = load_agreed(files, book, own=own, marked=marks.heads if marks is not None else ())
    loaded, index = opened.loaded, opened.loaded.index
    alarms = [*loaded.alarms, *opened.alarms]
    try:
        withheld = loaded.keyless - explained(index, opened.known)
        if withheld and accepted is None:
            raise Corrupt(f"bag: {len(withheld)} keys are gone that nobody destroyed")
        if chain.scribe is None:
            _new_writer(files, host, chain, book, logins)
        scribe = _ready(chain, index)
        is_behind = scribe.lamport < index.fact("lamport")
        scribe.lamport = max(scribe.lamport, index.fact("lamport"))
    except BaseException:
        index.close()
        raise

    def published(keyring: KeyringFile) -> None:
        chain.keyring = keyring

    inside = Inside(files, host, book, scribe, index, checks=checks, published=published)
    try:
        if is_behind:
            # Another workstation's time is ahead: noted before a row has it, or a locked row after a crash would count
            # on from the old one.
            inside.upkeep.save_marks()
        decided = accepted.drafts(inside) if accepted is not None else []
        inside.write([Draft(spell(what)), *decided, *chain.take_waiting()])
        if accepted is not None:
            set_aside_checkpoints(files, inside)
        alarms += finish_moves(inside, opened.pending)
        alarms += carry_out_pending(inside, opened.pending)
        settle_resealed(inside)
        if loaded.unscanned:
            is_rebuilt = accepted is not None and accepted.is_rebuilt
            what_of = What.IMAGE_RECOVERED if is_rebuilt else What.OBJECT_ADOPTED
            batches, missing = adopt(files, book, index, what=what_of)
            alarms += missing
            for batch in batches:
                inside.write(batch)
            fill_frames(files, book, index)
            index.set_fact("scan", 0)
        inside.upkeep.save_marks()
        alarms += witness_others(files, notes, LedgerReader.for_witness(inside), book.keyring, scribe.writer)
    except BaseException:
        inside.end()
        raise
    alarms += [f"quarantine {name}" for name in files.ledger.quarantine()]
    return OpenVault(inside, alarms=alarms, on_close=on_close)


def _ready(chain: LockedChain, index: Index) -> Scribe:
    """The scribe, if our chain ends where it left off."""
    scribe = chain.scribe
    if scribe is None:
        raise Corrupt("ledger: no writer")
    place = index.places().get(scribe.writer.writer)
    if place is not None and place.end.head != scribe.end.head:
        raise Corrupt("ledger: our chain changed while it was locked")
    return scribe


def _new_writer(
    files: VaultFiles,
    host: HostFolder,
    chain: LockedChain,
    book: KeyBook,
    logins: Callable[[], Iterable[LoginName]],
) -> None:
    """On a copy or a new machine: a writer of its own, through a new generation."""
    writer = WriterKey.make()
    enrol_writer(book, writer)
    # Until the writer is kept, a crash costs one entry in the roster; kept too early it would name nobody.
    save_writer(host, book.vault, writer)
    chain.keyring = book.keyring
    start = ChainEnd(chain_start(book.vault, writer.writer), 0, 0, 0)
    chain.scribe = Scribe(files.ledger, vault=book.vault, writer=writer, end=start, lamport=0)
    save_logins(host, book.vault, writer, logins())
