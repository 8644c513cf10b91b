# SPDX-License-Identifier: GPL-3.0-or-later
"""What two people agreed to, as the ledger tells: carried out or not. Opening takes heed of it before anything else.

The keys of an erasure that was agreed to open nothing from then on, whether it was carried out yet or not. An erased key
that is found again in a generation from before its erasure was done means that an older state was put back. Whoever holds
a workstation's keys can write any row: an intent counts by its signatures alone, and done is what the keys say is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from clinicam.errors import Corrupt, RolledBack
from clinicam.vault.acts import Act, What, read_what
from clinicam.vault.codec import decode
from clinicam.vault.cosigning import check_agreed
from clinicam.vault.erasurelist import Listed, parse_erasure_list
from clinicam.vault.files import VaultFiles
from clinicam.vault.heads import Head
from clinicam.vault.index import Index
from clinicam.vault.keyref import subject_of
from clinicam.vault.keys import KeyBook
from clinicam.vault.opening import Loaded, load

_GENERATION = re.compile(r"\bgeneration=(\d{1,15})\b")
_UNVOUCHED = "act: vouched for by somebody who has left"
GIVEN_UP = "objects=0"
"""Detail of ``move.done`` where nothing was moved."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """An act of two people, its signatures checked. `keys` are the ids it is about, `reason` a code; `done` is the act that says it was carried out.

    `is_listed`: known from the erasures that came with a backup, whose roster, not this one, vouches for the signatures.
    """

    rid: bytes
    act: Act
    keys: tuple[bytes, ...]
    reason: str
    signers: tuple[bytes, bytes]
    done: Act | None
    is_listed: bool = False

    @property
    def what(self) -> What | None:
        """The code of the act."""
        return read_what(self.act.what)[0]

    @property
    def detail(self) -> str:
        """The detail of the act."""
        return read_what(self.act.what)[1]

    @property
    def is_given_up(self) -> bool:
        """Whether it was a move that came to nothing: its pictures are where they were."""
        return self.done is not None and read_what(self.done.what) == (What.MOVE_DONE, GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Opened:
    """What `load` gave, every agreement, and which are still to be carried out."""

    loaded: Loaded
    known: tuple[Agreement, ...]
    pending: tuple[Agreement, ...]
    alarms: tuple[str, ...]


def agreements(
    index: Index, book: KeyBook, listed: Iterable[Listed] = ()
) -> tuple[tuple[Agreement, ...], tuple[str, ...]]:
    """Every agreement in the order in which they were made, and alarms for what only looks like one.

    `listed` are the erasures that came with a backup, see `listed_in`.
    """
    by_list = {one.rid: one for one in listed}
    found: list[Agreement] = []
    alarms: list[str] = []
    for rid, (acts, done) in _told(index).items():
        agreed: Agreement | None = None
        problem = Corrupt("act: done, but nobody agreed to it")
        for act in acts:
            try:
                agreed = _checked(rid, act, book)
                break
            except Corrupt as error:
                problem = error
        if agreed is not None and len(acts) > 1:
            alarms.append(f"agreement {rid.hex()}: another row took its id")
        listed_one = by_list.pop(rid, None)
        if agreed is None and listed_one is not None:
            by_row = next((act for act in acts if act.intent == listed_one.intent.intent), None)
            agreed = _of_list(listed_one, book, by_row, done)
            if not listed_one.is_vouched and _believed(agreed, done, book) is None:
                agreed, problem = None, Corrupt(_UNVOUCHED)
        if agreed is None:
            alarms.append(f"agreement {rid.hex()} does not count: {problem}")
        else:
            found.append(replace(agreed, done=_believed(agreed, done, book)))
    for one in by_list.values():
        if one.is_vouched:
            found.append(_of_list(one, book, None, None))
        else:
            alarms.append(f"agreement {one.rid.hex()} does not count: {_UNVOUCHED}")
    found.sort(key=lambda one: (one.act.lamport, one.act.wall, one.rid))
    return tuple(found), tuple(sorted(alarms))


def _told(index: Index) -> dict[bytes, tuple[list[Act], Act | None]]:
    """By the id of the intent: its acts in ledger order, of which more than one means that somebody took its id; the newest
    act that says it is carried out."""
    with index.lock:
        rows = index.db.execute("SELECT rid, act, done FROM intent ORDER BY rid, lamport, writer, seq").fetchall()
    told: dict[bytes, tuple[list[Act], Act | None]] = {}
    for rid, act, done in rows:
        acts, newest = told.get(rid, ([], None))
        if act is not None:
            acts.append(decode(act, Act))
        told[rid] = acts, (decode(done, Act) if done is not None else newest)
    return told


def _checked(rid: bytes, act: Act, book: KeyBook) -> Agreement:
    needs_manager = read_what(act.what)[0] is What.ERASURE_INTENDED
    agreed = check_agreed(act, vault=book.vault, rid=rid, roster=book.keyring.roster, needs_manager=needs_manager)
    return Agreement(rid, act, agreed.keys, agreed.reason, agreed.signers, None)


def _believed(one: Agreement, done: Act | None, book: KeyBook) -> Act | None:
    """The act that says an erasure is carried out, unless the generation it should have made, or a later one, has a key of it:
    then it is not, whoever wrote that row, and is carried out."""
    if done is None or one.what is not What.ERASURE_INTENDED:
        return done
    said = _GENERATION.search(read_what(done.what)[1])
    is_older = said is not None and book.keyring.generation < int(said[1])
    is_held = any(key.key_id in one.keys for key in book.table.all())
    return None if is_held and not is_older else done


def listed_in(files: VaultFiles, book: KeyBook) -> tuple[Listed, ...]:
    """Erasures that came with a backup this vault was put back from. Raises Corrupt, UnsupportedFormat."""
    data = files.erasures()
    if data is None:
        return ()
    return parse_erasure_list(data, vault=book.vault, anchor=book.secret.anchor, rosters=[book.keyring.roster])


def _of_list(one: Listed, book: KeyBook, act: Act | None, done: Act | None) -> Agreement:
    """What a list tells of an erasure. Of whom, and whether of all of them, is told by its row, by the row of its end, or by
    the keys as long as they are held: the list itself proves neither."""
    agreed = one.agreed
    if act is None:
        keys = [key for key in book.table.all() if key.key_id in agreed.keys]
        subject = done.subject if done is not None else None
        detail = None
        if keys:
            subject = subject_of(book.table.locator, keys[0].patient)
            detail = "session" if all(key.session is not None for key in keys) else "patient"
        act = one.act(detail=detail, subject=subject)
    return Agreement(one.rid, act, agreed.keys, agreed.reason, agreed.signers, None, is_listed=True)


def load_agreed(files: VaultFiles, book: KeyBook, *, own: bytes, marked: Iterable[Head]) -> Opened:
    """As `opening.load`, with the keys of every erasure shut and nothing in the index of what they sealed.

    Raises:
        RolledBack: an erased key is there, in a generation from before its erasure was done; or as `load`.
        Forked, Corrupt, UnsupportedFormat: as `load`; Corrupt also for a damaged list of erasures.
    """
    marks = tuple(marked)
    loaded = load(files, book, own=own, marked=marks)
    try:
        known, alarms = agreements(loaded.index, book, listed_in(files, book))
        held = {key.key_id for key in book.table.all()}
        back = 0
        for one in known:
            if one.what is What.ERASURE_INTENDED:
                book.table.shut(one.keys)
                alive = held.intersection(one.keys)
                if alive and one.done is not None:
                    raise RolledBack("keys: an erased key is back")
                back += len(alive)
        if back:
            # The index may have been folded while their keys still opened: it is made again from what may be read.
            loaded.index.close()
            loaded = load(files, book, own=b"", marked=marks)
        forget_moved(loaded.index, known)
    except BaseException:
        loaded.index.close()
        raise
    return Opened(loaded, known, tuple(one for one in known if one.done is None), alarms)


def forget_moved(index: Index, known: Iterable[Agreement]) -> None:
    """Take out of the index what was moved away: the objects of every move that was carried out, not given up."""
    moves = (one for one in known if one.what is What.MOVE_INTENDED and one.done is not None and not one.is_given_up)
    forget_objects(index, (name for one in moves for name in one.keys))


def forget_objects(index: Index, names: Iterable[bytes]) -> None:
    """Take objects out of the index whose place others have taken, though rows still name them."""
    with index.lock:
        db = index.db
        db.execute("BEGIN")
        db.executemany("INSERT OR IGNORE INTO gone VALUES (?)", [(name,) for name in names])
        away = db.execute(
            "SELECT i.object, i.patient, i.rendition = 1 FROM gone g JOIN image i ON i.object = g.object"
        ).fetchall()
        db.executemany("DELETE FROM image WHERE object = ?", [(name,) for name, _, _ in away])
        db.executemany(
            "UPDATE seen SET images = images - ? WHERE patient = ?", [(count, patient) for _, patient, count in away]
        )
        db.execute("COMMIT")


def moved_away(index: Index) -> set[bytes]:
    """Objects that rows still name although they were moved to another patient or sealed anew."""
    with index.lock:
        return {row[0] for row in index.db.execute("SELECT object FROM gone")}
