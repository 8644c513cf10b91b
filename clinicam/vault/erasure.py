# SPDX-License-Identifier: GPL-3.0-or-later
"""Erasure: the keys of a patient or a session are destroyed by two people, in four steps (vault.md 2.4).

1. A row with the intent and both signatures. From here on the keys open and seal nothing.
2. A generation of bags without those keys, and a new index key. From here on nobody can open what they sealed.
3. The objects and every workstation's saved index are unlinked, their directories flushed.
4. A row that says it is done, written after the proof.

A crash between any two leaves an intent that is not done; the next manager who opens the vault carries it out.
Whether something may be erased (retention, legal hold) is for `practice.erasing` to say. Vault thread only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from clinicam.errors import EraseRefused, RoleRefused, VaultError
from clinicam.identity import NOBODY, PatientId, SessionId
from clinicam.vault.acts import Act, What, read_what, spell
from clinicam.vault.adopting import fill_frames
from clinicam.vault.aead import KEY, system_randomness
from clinicam.vault.agreements import Agreement, agreements, forget_moved, listed_in
from clinicam.vault.cosigning import Cosigner, Cosigners
from clinicam.vault.erasurelist import encode_erasure_list, list_parts, make_part, parse_erasure_list
from clinicam.vault.erasureproof import Progress, objects_under, prove
from clinicam.vault.files import VaultFiles
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import subject_of
from clinicam.vault.opening import load
from clinicam.vault.reencrypting import forget_resealed
from clinicam.vault.scribe import Draft

PATIENT = "patient"
SESSION = "session"
_COUNT = re.compile(r"([a-z]+)=(\d{1,15})")


@dataclass(frozen=True, slots=True)
class Erased:
    """An erasure that was carried out and proved. Ids are the vault's; nothing here names a patient.

    `scope` is ``patient`` or ``session``; `left` keys are still in the vault, and `tries` of them on rows of the destroyed
    keys were in vain; `generation` is the keyring's without those keys.
    """

    rid: bytes
    scope: str
    subject: bytes
    reason: str
    signers: tuple[bytes, bytes]
    agreed_ms: int
    done_ms: int
    keys: int
    objects: int
    rows: int
    left: int
    tries: int
    generation: int


def _ignore(_done: int, _of: int) -> None:
    """For whoever does not want to know how far it is."""


class Erasures:
    """See the module."""

    def __init__(self, inside: Inside) -> None:
        self._inside = inside
        self._cosigners = Cosigners(inside)

    def erase(
        self,
        patient: PatientId,
        session: SessionId | None = None,
        *,
        reason: str,
        second: Cosigner,
        progress: Progress = _ignore,
    ) -> Erased:
        """Destroy a patient's keys, or one session's. Slow: the whole ledger is read. Cannot be stopped or undone.

        Args:
            reason: a code, not words about the patient: auditors read it.
            progress: told (done, of) of the step under way; `of` changes from step to step.

        Raises:
            RoleRefused: who is signed in is no manager.
            SecondPersonRefused: see `Cosigners.draft`.
            EraseRefused: ``nothing``, there is no key of that patient or session; ``moving``, a move of pictures was
                interrupted and has to be finished first.
            DiskFull, WriteFailed, Forked, Corrupt: before the intent was durable nothing happened; after it the keys open
                nothing any more, and `finish` (or the next manager's opening) carries out the rest.
        """
        inside = self._inside
        inside.check_open()
        self._check_manager()
        book = inside.book
        doomed = sorted(
            key.key_id
            for key in book.table.all()
            if key.patient == patient and (session is None or key.session == session)
        )
        if not doomed or patient == NOBODY:
            raise EraseRefused("nothing")
        if any(one.what is What.MOVE_INTENDED and one.done is None for one in agreements(inside.index, book)[0]):
            raise EraseRefused("moving")
        draft = self._cosigners.draft(
            What.ERASURE_INTENDED,
            doomed,
            reason,
            second,
            detail=PATIENT if session is None else SESSION,
            subject=subject_of(book.table.locator, patient),
        )
        written = inside.write([draft])
        book.table.shut(doomed)
        row = written.rows[0][0]
        agreed = next(one for one in self._known() if one.rid == row.rid)
        return self._carry_out(agreed, progress)

    def pending(self) -> tuple[Agreement, ...]:
        """Erasures agreed to but not carried out to the end."""
        self._inside.check_open()
        return tuple(one for one in self._known() if one.done is None)

    def finish(self, progress: Progress = _ignore) -> tuple[Erased, ...]:
        """Carry out what a crash or a full disk interrupted.

        Raises:
            RoleRefused: who is signed in is no manager. Else as `erase`; what was done stays done.
        """
        self._inside.check_open()
        self._check_manager()
        finished = tuple(self._carry_out(one, progress) for one in self.pending())
        self._let_list_go()
        return finished

    def done(self) -> tuple[Erased, ...]:
        """Every erasure carried out, the oldest first."""
        self._inside.check_open()
        return tuple(_erased(one, one.done) for one in self._known() if one.done is not None)

    def erasure_list(self) -> bytes:
        """Every erasure ever agreed to, for backups to carry along: see `erasurelist` and `apply_erasures`."""
        inside = self._inside
        inside.check_open()
        keyring = inside.book.keyring
        own = [one for one in self._known() if not one.is_listed]
        part = make_part(
            generation=keyring.generation,
            roster=keyring.roster.raw,
            intents=[(one.rid, one.act, one.detail) for one in own],
        )
        brought = inside.files.erasures()
        others = list_parts(brought, keyring.vault) if brought is not None else ()
        return encode_erasure_list(keyring.vault, (part, *others))

    def _let_list_go(self) -> None:
        """A list that came with a backup is kept only for what this vault's own roster cannot vouch for."""
        if self._inside.files.erasures() is not None and not any(one.is_listed for one in self._known()):
            self._inside.files.remove_erasures()

    def _check_manager(self) -> None:
        if not self._inside.book.is_manager:
            raise RoleRefused("manager")

    def _known(self) -> list[Agreement]:
        inside = self._inside
        known, _ = agreements(inside.index, inside.book, listed_in(inside.files, inside.book))
        return [one for one in known if one.what is What.ERASURE_INTENDED]

    def _carry_out(self, one: Agreement, progress: Progress) -> Erased:
        inside = self._inside
        files, book = inside.files, inside.book
        if one.is_listed and all(user in book.keyring.roster.public_keys() for user in one.signers):
            # The row came with the backup's list; its own id is part of what was signed.
            signatures = one.act.signatures or ()
            inside.write([
                Draft(one.act.what, one.act.subject, rid=one.rid, intent=one.act.intent, signatures=signatures)
            ])
        ids = frozenset(one.keys)
        if any(key.key_id in ids for key in book.table.all()):
            inside.publish(drop=ids, shared=msgspec.structs.replace(book.shared, index=system_randomness(KEY)))
        generation = book.keyring.generation
        files.remove_bags(name for name in files.bags() if name.generation != generation)
        self._rebuild()
        objects = objects_under(files, book.table, ids, progress)
        files.objects.remove(objects)
        files.remove_snapshots()
        proof = prove(files, book, ids, progress)
        counts = {
            "keys": len(ids),
            "objects": len(objects),
            "rows": proof.rows,
            "left": proof.left,
            "tries": proof.tries,
            "generation": generation,
        }
        detail = " ".join(f"{name}={count}" for name, count in counts.items())
        written = inside.write([Draft(spell(What.ERASURE_DONE, detail), one.act.subject, done=one.rid)])
        inside.upkeep.save_marks()
        return _erased(one, written.rows[0][1])

    def _rebuild(self) -> None:
        """The index anew from what can still be opened: a row deleted from a database leaves its words behind."""
        inside = self._inside
        scan = inside.index.fact("scan")
        fresh = load(inside.files, inside.book, own=b"", marked=()).index
        known, _ = agreements(fresh, inside.book)
        forget_moved(fresh, known)
        forget_resealed(fresh)
        fresh.set_fact("scan", scan)
        inside.index.take(fresh)
        fill_frames(inside.files, inside.book, inside.index)


def apply_erasures(files: VaultFiles, data: bytes, *, vault: bytes, anchor: bytes | None = None) -> int:
    """Lay a list of erasures into a restored vault, to be carried out before it opens; how many are in it.

    The next opening shuts their keys before it reads a row, and a manager's carries them out and removes the list.

    Raises:
        Corrupt, UnsupportedFormat: not a list of this vault, or one that does not verify; nothing was written.
        DiskFull, WriteFailed: not written.
    """
    listed = parse_erasure_list(data, vault=vault, anchor=anchor)
    if listed:
        files.write_erasures(data)
    return len(listed)


def carry_out_pending(inside: Inside, pending: Sequence[Agreement]) -> list[str]:
    """For opening: a manager carries out what is pending; alarms for what is not carried out."""
    mine = [one for one in pending if one.what is What.ERASURE_INTENDED]
    if not mine and inside.files.erasures() is None:
        return []
    if not inside.book.is_manager:
        return [f"erasure {one.rid.hex()} waits for a manager" for one in mine]
    try:
        Erasures(inside).finish()
    except VaultError as error:
        return [f"an erasure could not be carried out: {error}"]
    return []


def _erased(one: Agreement, done: Act) -> Erased:
    counts = {name: int(count) for name, count in _COUNT.findall(read_what(done.what)[1])}
    return Erased(
        rid=one.rid,
        scope=one.detail,
        subject=one.act.subject or NOBODY,
        reason=one.reason,
        signers=one.signers,
        agreed_ms=one.act.wall,
        done_ms=done.wall,
        **{name: counts.get(name, 0) for name in ("keys", "objects", "rows", "left", "tries", "generation")},
    )
