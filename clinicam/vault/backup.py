# SPDX-License-Identifier: GPL-3.0-or-later
"""Backing up an open vault to a folder: ciphertext only, incremental, proved before it counts.

The order is heads, rows up to the heads, objects, then keyring, slots and bags, then the signed manifest: so the rows of a
backup name no object it lacks, and its bags lack no key its rows need. Until the manifest has its name the backup before
this one is the newest, whatever happens.

Only `Backups` and the two short calls that `steps` hands to `on_vault` belong to the vault thread. The copying is for another:
it reads files that are never changed (objects, rows up to a head), so a picture being taken waits for none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

from clinicam.errors import BackupRefused, Cancelled, Forked, VaultError
from clinicam.vault.backupcopy import SLICES, Copier, Counted
from clinicam.vault.backupledger import copy_ledger
from clinicam.vault.backupmedia import is_off_machine, judge_backup
from clinicam.vault.backupnote import BackupNote, NoteKind, write_note
from clinicam.vault.backupobjects import ObjectLists
from clinicam.vault.backupplace import BackupPlace, writing
from clinicam.vault.backupprune import History, prune, read_history
from clinicam.vault.backupreport import BackupProgress, BackupReport, OnVault, Stage
from clinicam.vault.backupsmall import Captured, Start, capture, copy_small, look
from clinicam.vault.erasurelist import list_parts, parse_erasure_list, vouched_parts
from clinicam.vault.inside import Inside
from clinicam.vault.manifest import Blob, FileEntry, ListEntry, Manifest, parse_manifest
from clinicam.vault.mounts import System
from clinicam.vault.stores.calls import REAL, Calls

__all__ = ["Backup", "BackupProgress", "BackupReport", "Backups", "OnVault", "Stage", "finish"]

DAY_MS = 86_400_000
KEEP_DAYS = 35
_TRIES = 5
"""How often a backup begins anew since pictures were moved or erased meanwhile."""


class Backups:
    """Backs up the vault it is given. Vault thread only."""

    def __init__(self, inside: Inside, *, calls: Calls = REAL, system: System | None = None) -> None:
        self._inside = inside
        self._calls = calls
        self._system = system

    def begin(self, place: Path, *, keep_days: int = KEEP_DAYS, fresh: bool = False, thorough: bool = False) -> Backup:
        """Sign a checkpoint, note the heads; what is returned does the rest. Quick.

        Args:
            place: a folder for backups of this vault alone.
            keep_days: older backups go once they are that old.
            fresh: whether an empty or missing folder may be used: only when somebody has just named it.
            thorough: read everything again that is there already, not just today's part.

        Raises:
            BackupRefused: storage a backup must not lie on.
            DiskFull, WriteFailed: the checkpoint could not be written.
        """
        inside = self._inside
        inside.check_open()
        judge_backup(place, inside.files.place, training=inside.book.keyring.training, system=self._system)
        return Backup(
            inside,
            place.absolute(),
            look(inside),
            keep_ms=keep_days * DAY_MS,
            fresh=fresh,
            thorough=thorough,
            is_off_machine=is_off_machine(place, self._system),
            calls=self._calls,
        )

    def run(
        self,
        place: Path,
        *,
        keep_days: int = KEEP_DAYS,
        fresh: bool = False,
        thorough: bool = False,
        progress: Callable[[BackupProgress], None] = lambda _progress: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> BackupReport:
        """All of it at once, on this thread; recorded, whether it succeeds or not.

        Raises:
            Cancelled: the backup before this one stands.
            BackupRefused, Forked, Corrupt, UnsupportedFormat, DiskFull, WriteFailed: as `Backup.steps`.
        """
        try:
            backup = self.begin(place, keep_days=keep_days, fresh=fresh, thorough=thorough)
            return finish(backup, lambda call: call(), progress=progress, cancelled=cancelled)
        except Exception as error:
            self.note_failure(place, error)
            raise

    def note_failure(self, place: Path, problem: BaseException) -> None:
        """Record that a backup was not completed, and why in one word. A failure to record it is not told: the first is."""
        reason = getattr(problem, "reason", type(problem).__name__.lower())
        note = BackupNote(NoteKind.FAILED, self._inside.host.wall_ms(), str(place), reason=str(reason))
        with suppress(VaultError):
            write_note(self._inside, note)


def finish(
    backup: Backup,
    on_vault: OnVault,
    *,
    progress: Callable[[BackupProgress], None],
    cancelled: Callable[[], bool],
) -> BackupReport:
    """Take every step of a backup, one after the other, on this thread.

    Raises:
        Cancelled: the backup before this one stands. Else as `Backup.steps`.
    """
    with closing(backup.steps(on_vault)) as steps:
        for one in steps:
            progress(one)
            if backup.report is None and cancelled():
                raise Cancelled("backup")
    return backup.done()


class Backup:
    """One backup under way. `steps` belongs to one thread, any; `report` is there after its last step."""

    def __init__(
        self,
        inside: Inside,
        place: Path,
        start: Start,
        *,
        keep_ms: int,
        fresh: bool,
        thorough: bool,
        is_off_machine: bool,
        calls: Calls,
    ) -> None:
        self._inside = inside
        self._path = place
        self._start = start
        self._keep_ms = keep_ms
        self._fresh = fresh
        self._thorough = thorough
        self._is_off_machine = is_off_machine
        self._calls = calls
        self._counted = Counted()
        self.report: BackupReport | None = None

    def steps(self, on_vault: OnVault) -> Generator[BackupProgress, None, None]:
        """Do the next part each time it is asked; closing it early leaves the backup before this one as it was.

        Raises:
            BackupRefused: the place (see `backupplace`); ``newer``: a later version has written there; ``changing``:
                pictures were moved or erased again and again while it copied.
            Forked: the place holds rows or erasures of this vault that this copy of it does not know.
            Corrupt: the vault's own ledger is damaged.
            VaultClosed: it was locked meanwhile.
        """
        inside = self._inside
        inside.check_open()
        with writing(self._path, inside.book.vault, self._calls, fresh=self._fresh) as place:
            history = read_history(place, inside.book.keyring.roster, self._counted)
            copier = Copier(place.shelf, self._counted)
            lists = ObjectLists(inside, place.shelf, history, self._counted)
            newest = history.newest
            copier.look((newest.named() if newest is not None else {}) | lists.named())
            yield from self._reread(copier, history, lists)
            captured, files = yield from self._copied(copier, lists, history, on_vault)
            for _ in copy_small(inside, captured, copier, files):
                yield BackupProgress(Stage.FINISH, 0, 1)
            erasures = self._write_erasures(place, captured.erasures, copier)
            manifest = self._publish(place, history, captured, tuple(sorted(files)), lists.write(copier), erasures)
            pruned = place.shelf.remove(lists.erased(manifest))
            pruned += prune(place, history, manifest, keep_ms=self._keep_ms, have=copier.have, counted=self._counted)
            report = self.report = self._reported(manifest, lists, pruned)
            on_vault(lambda: self._note(report))
            yield BackupProgress(Stage.FINISH, 1, 1)

    def _copied(
        self, copier: Copier, lists: ObjectLists, history: History, on_vault: OnVault
    ) -> Generator[BackupProgress, None, tuple[Captured, list[FileEntry]]]:
        """Rows and objects, and the keys that go with them: all of one state of the vault.

        While this copies, somebody may be erased or leave, pictures may be moved or sealed anew. The objects that went with
        that must not be listed, and those that came in their place need rows: so the heads are taken again.
        """
        for _ in range(_TRIES):
            files: list[FileEntry] = []
            for _ in copy_ledger(self._inside, self._start, history.newest, copier, files):
                yield BackupProgress(Stage.LEDGER, len(files), len(files))
            for done, of in lists.copy(copier, self._start):
                yield BackupProgress(Stage.OBJECTS, done, of)
            yield BackupProgress(Stage.FINISH, 0, 1)
            captured = on_vault(self._capture)
            if captured.changes == self._start.changes:
                return captured, files
            self._start = replace(on_vault(self._look), made_ms=self._start.made_ms)
        raise BackupRefused("changing")

    def done(self) -> BackupReport:
        """The report, after the last step. Raises Cancelled before."""
        if self.report is None:
            raise Cancelled("backup")
        return self.report

    def _reread(self, copier: Copier, history: History, lists: ObjectLists) -> Generator[BackupProgress, None, None]:
        newest = history.newest
        if newest is None:
            return
        day = self._start.made_ms // DAY_MS
        if not self._thorough and day == newest.made_ms // DAY_MS:
            return  # today's part has been read
        blobs = newest.named() | lists.named()
        slot = None if self._thorough else day % SLICES
        of = sum(size for sha256, size in blobs.items() if slot is None or sha256[0] % SLICES == slot)
        done = 0
        for size in copier.reread(blobs, slot=slot):
            done += size
            yield BackupProgress(Stage.REREAD, done, of)

    def _look(self) -> Start:
        return look(self._inside)

    def _capture(self) -> Captured:
        return capture(self._inside)

    def _write_erasures(self, place: BackupPlace, data: bytes, copier: Copier) -> Blob:
        """The list never goes backwards: every erasure that the place knows of is one that we know of."""
        book, held = self._inside.book, place.erasures()
        vault, anchor = book.vault, book.secret.anchor
        ours = {one.rid for one in parse_erasure_list(data, vault=vault, anchor=anchor)}
        if held is not None:
            known = {part.roster for part in list_parts(data, vault)}
            rosters = [book.keyring.roster]
            parts, left_out = vouched_parts(held, vault=vault, anchor=anchor, rosters=rosters, known=known)
            if {one.rid for part in parts for one in part.intents} - ours:
                raise Forked("backup: the place knows of erasures that this vault does not")
            if left_out:
                self._counted.alarms.append(f"erasures: {left_out} parts of a list by somebody who has left, replaced")
        place.write_erasures(data)
        blobs: list[Blob] = []
        for _ in copier.copy([(lambda: data, lambda sha256, size: blobs.append(Blob(size, sha256)))]):
            pass
        return blobs[0]

    def _publish(
        self,
        place: BackupPlace,
        history: History,
        captured: Captured,
        files: tuple[FileEntry, ...],
        lists: tuple[ListEntry, ...],
        erasures: Blob,
    ) -> Manifest:
        inside, start = self._inside, self._start
        writer = inside.scribe.writer
        manifest = Manifest(
            vault=inside.book.vault,
            writer=writer.writer,
            number=history.next_number,
            made_ms=start.made_ms,
            generation=captured.changes.generation,
            heads=start.heads,
            checkpoint=start.checkpoint,
            erasures=erasures,
            files=files,
            lists=lists,
        )
        data = manifest.encode(writer.signing)
        parse_manifest(data).check(writer.signing.public)
        inside.check_open()
        place.write_manifest(manifest.number, data)
        return manifest

    def _reported(self, manifest: Manifest, lists: ObjectLists, pruned: int) -> BackupReport:
        counted = self._counted
        return BackupReport(
            number=manifest.number,
            made_ms=manifest.made_ms,
            objects=manifest.objects,
            size=sum(one.size for one in manifest.files) + sum(lists.named().values()),
            copied=counted.copied,
            copied_bytes=counted.copied_bytes,
            reread_bytes=counted.reread_bytes,
            pruned=pruned,
            is_off_machine=self._is_off_machine,
            alarms=tuple(counted.alarms),
        )

    def _note(self, report: BackupReport) -> None:
        note = BackupNote(
            NoteKind.MADE,
            report.made_ms,
            str(self._path),
            number=report.number,
            objects=report.objects,
            size=report.size,
            copied=report.copied,
            copied_bytes=report.copied_bytes,
            reread_bytes=report.reread_bytes,
            findings=len(report.alarms),
            is_off_machine=report.is_off_machine,
        )
        write_note(self._inside, note)
