# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures found damaged or missing, put back from a backup. What is damaged goes into quarantine, never away.

Each picture by itself: taken from the newest backup that has it, opened and compared with its row, and only then does the
damaged file leave its place for the whole one. A crash in between leaves the picture missing and its bytes in quarantine;
repairing again goes on there. Objects never change once they are written, so an older backup has the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clinicam.errors import BackupRefused, Cancelled, Corrupt, NotFound, RoleRefused, UnsupportedFormat
from clinicam.identity import Role
from clinicam.vault import lookups
from clinicam.vault.acts import What, spell
from clinicam.vault.agreements import moved_away
from clinicam.vault.backupcopy import Counted
from clinicam.vault.backupplace import BackupPlace, reading
from clinicam.vault.backupprune import read_history
from clinicam.vault.content import ImageContent, check_agreement
from clinicam.vault.damage import Damages
from clinicam.vault.inside import Inside
from clinicam.vault.keyref import subject_of
from clinicam.vault.manifest import Manifest, ObjectEntry, parse_list
from clinicam.vault.objectfile import open_object, parse_header
from clinicam.vault.scribe import Draft
from clinicam.vault.stores.calls import REAL, Calls
from clinicam.vault.verifyobjects import check_deep

_FOUND = "object "
_ID = 32


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of it, ids only. `whole`: named by a finding and not damaged (any more)."""

    repaired: tuple[bytes, ...]
    left: tuple[bytes, ...]
    whole: int
    is_decided: bool
    alarms: tuple[str, ...]


class Repairs:
    """Vault thread."""

    def __init__(self, inside: Inside, damages: Damages, *, calls: Calls = REAL) -> None:
        self._inside = inside
        self._damages = damages
        self._calls = calls

    def run(
        self,
        backup: Path,
        *,
        progress: Callable[[int, int], None] = lambda _done, _of: None,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Repaired:
        """Repair what any check or reader has ever found damaged, and what is missing. Slow: each of them is opened.

        Damage counts as decided once every picture it names is whole.

        Args:
            backup: a folder with backups of this vault. Nothing in it is changed.

        Raises:
            RoleRefused: no manager. BackupRefused: the place, or another vault's. Forked: see `backupprune.read_history`.
            DiskFull, WriteFailed, Cancelled: what was repaired until then stays; call it again.
        """
        inside = self._inside
        inside.check_open()
        if not inside.book.is_manager:
            raise RoleRefused(Role.MANAGER.value)
        self._damages.write_met()
        bad, whole = self._bad(cancelled)
        repaired: list[bytes] = []
        alarms: list[str] = []
        with reading(backup, self._calls) as place:
            if place.vault != inside.book.vault:
                raise BackupRefused("foreign")
            source = _Source(place, inside, alarms)
            for done, (object_id, row) in enumerate(bad.items()):
                progress(done, len(bad))
                if cancelled():
                    raise Cancelled("repair")
                data = source.get(object_id, row)
                if data is not None:
                    self._put(object_id, row, data)
                    repaired.append(object_id)
        progress(len(bad), len(bad))
        left = tuple(one for one in bad if one not in repaired)
        return Repaired(tuple(repaired), left, whole, self._decide(left), tuple(alarms))

    def _bad(self, cancelled: Callable[[], bool]) -> tuple[dict[bytes, ImageContent], int]:
        """What is damaged or missing now, with the rows; and how many findings' objects are whole."""
        inside = self._inside
        known = lookups.known_objects(inside.index) - moved_away(inside.index)
        named = _named(self._damages.findings()) & known
        bad: dict[bytes, ImageContent] = {}
        for object_id in sorted(named | (known - set(inside.files.objects.ids()))):
            if cancelled():
                raise Cancelled("repair")
            row = lookups.image_row(inside.index, object_id)
            try:
                check_deep(inside.files, inside.book, object_id, row)
            except (Corrupt, NotFound, UnsupportedFormat):
                bad[object_id] = row
        return bad, len(named - bad.keys())

    def _put(self, object_id: bytes, row: ImageContent, data: bytes) -> None:
        inside, name = self._inside, object_id.hex()
        try:
            kept = inside.files.set_aside(f"objects/{name[:2]}", name)
        except NotFound:
            kept = "missing"
        inside.files.objects.put(object_id, [(0, memoryview(data))])
        text = spell(What.OBJECT_REPAIRED, f"{name} {kept}")
        inside.write([Draft(text, subject_of(inside.book.table.locator, row.patient))])

    def _decide(self, left: tuple[bytes, ...]) -> bool:
        """Whether nothing is left of what was found; then that is written as decided."""
        found = [one.finding for one in self._damages.open()]
        if not found or left or any(not one.startswith(_FOUND) for one in found):
            return False
        self._damages.decide("repaired from a backup")
        return True


def _named(findings: Iterable[str]) -> frozenset[bytes]:
    """The objects that findings name."""
    words = (one.removeprefix(_FOUND)[:_ID] for one in findings if one.startswith(_FOUND))
    return frozenset(bytes.fromhex(word) for word in words)


class _Source:
    """The backups of a place, the newest first."""

    def __init__(self, place: BackupPlace, inside: Inside, alarms: list[str]) -> None:
        counted = Counted()
        self._place = place
        self._inside = inside
        self._alarms = alarms
        self._manifests = read_history(place, inside.book.keyring.roster, counted).manifests[::-1]
        self._read: dict[int, dict[bytes, ObjectEntry]] = {}
        alarms += counted.alarms

    def get(self, object_id: bytes, row: ImageContent) -> bytes | None:
        """The picture's sealed bytes, opened and compared with its row; None if no backup has them whole."""
        book = self._inside.book
        for entry in self._entries(object_id):
            try:
                data = self._place.shelf.get(entry.sha256, entry.size)
                meta, _ = open_object(data, book.table.by_ref, vault=book.vault, object_id=object_id)
                check_agreement(meta, parse_header(data).rendition, object_id, row)
            except (Corrupt, UnsupportedFormat) as error:
                self._alarms.append(f"object {object_id.hex()}: damaged in the backup too: {error}")
            else:
                return data
        return None

    def _entries(self, object_id: bytes) -> Iterator[ObjectEntry]:
        """Each different one that a backup lists."""
        tried: set[ObjectEntry] = set()
        for manifest in self._manifests:
            entry = self._listed(manifest).get(object_id)
            if entry is not None and entry not in tried:
                tried.add(entry)
                yield entry

    def _listed(self, manifest: Manifest) -> dict[bytes, ObjectEntry]:
        if manifest.number not in self._read:
            found: dict[bytes, ObjectEntry] = {}
            for one in manifest.lists:
                try:
                    entries = parse_list(self._place.shelf.get(one.sha256, one.size), one.count)
                except Corrupt as error:
                    self._alarms.append(f"backup {manifest.number}: {error}: a list of {one.count} objects")
                else:
                    found |= {entry.object_id: entry for entry in entries}
            self._read[manifest.number] = found
        return self._read[manifest.number]
