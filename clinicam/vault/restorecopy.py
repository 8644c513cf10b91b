# SPDX-License-Identifier: GPL-3.0-or-later
"""Files and objects out of a backup place, each by the hash its manifest gives; and what the place knows of erasures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from clinicam.errors import BackupRefused, Cancelled, Corrupt, Forked, UnsupportedFormat, VaultError
from clinicam.vault.backupplace import BackupPlace
from clinicam.vault.erasure import apply_erasures
from clinicam.vault.erasurelist import ListPart, encode_erasure_list, list_parts, parse_erasure_list, vouched_parts
from clinicam.vault.files import VaultFiles
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.manifest import FileEntry, Manifest, ObjectEntry, SignedManifest, parse_list, parse_manifest
from clinicam.vault.roster import Roster
from clinicam.vault.stores.calls import Calls, make_folder, translated, write_whole


def read_manifests(place: BackupPlace) -> tuple[list[SignedManifest], dict[int, VaultError]]:
    """Every manifest in the place, by number, signatures unchecked; and what is wrong with those that cannot be used.

    Raises:
        BackupRefused: the place cannot be read.
    """
    signed: list[SignedManifest] = []
    problems: dict[int, VaultError] = {}
    for number in place.numbers():
        try:
            one = parse_manifest(place.manifest(number))
            if (one.manifest.vault, one.manifest.number) != (place.vault, number):
                raise Corrupt("manifest: of another vault or number")
        except UnsupportedFormat:
            problems[number] = BackupRefused("newer")
        except Corrupt as error:
            problems[number] = error
        else:
            signed.append(one)
    return signed, problems


def rosters_in(place: BackupPlace, signed: Iterable[SignedManifest], *, anchor: bytes) -> tuple[Roster, ...]:
    """The roster of every keyring in the place that goes back to the anchor, each once.

    Raises:
        BackupRefused: the place cannot be read.
    """
    found: dict[bytes, Roster] = {}
    for entry in {file for one in signed for file in one.manifest.files if file.path == "keyring"}:
        try:
            roster = parse_keyring(whole_file(place, entry), vault=place.vault, anchor=anchor).roster
        except (Corrupt, UnsupportedFormat):
            continue  # of no use to a restore either
        found[roster.raw] = roster
    return tuple(found.values())


@dataclass(frozen=True, slots=True)
class Laid:
    """What the lists of erasures came to: how many are to be carried out, how many of them the chosen backup did not know, and
    how many parts of lists were passed over."""

    erasures: int
    later: int
    passed_over: int


def newest_erasures(
    place: BackupPlace, files: VaultFiles, chosen: Manifest, rosters: Iterable[Roster], *, anchor: bytes
) -> Laid:
    """Lay the fullest list of erasures the place has into the vault that is being restored.

    Each backup names the list of its time, so the list beside them can neither be taken away nor be put back to an older one
    without taking the backups that know better away too. Of each list only those parts count that none of `rosters`
    overrules, and those that the `chosen` backup, which is verified, has too.

    Raises:
        Corrupt, UnsupportedFormat: not one list can be used.
        Forked: one list has what another lacks, both ways.
        BackupRefused: the place. DiskFull, WriteFailed: not written.
    """
    signed, _ = read_manifests(place)
    others = tuple(rosters)
    own = _own_parts(place, chosen, anchor)
    known = {part.roster for part in own}
    found: dict[frozenset[bytes], tuple[ListPart, ...]] = {}
    passed_over = 0
    problem: Corrupt | UnsupportedFormat = Corrupt("erasures: no list in the backup")
    for data in _lists(place, signed):
        try:
            if isinstance(data, Corrupt):
                raise data
            parts, left_out = vouched_parts(data, vault=place.vault, anchor=anchor, rosters=others, known=known)
        except (Corrupt, UnsupportedFormat) as error:
            problem = error
        else:
            passed_over += left_out
            found[_rids(parts)] = parts
    if not found:
        raise problem
    fullest = max(found, key=len)
    if any(not rids <= fullest for rids in found):
        raise Forked("backup: two lists of erasures that do not agree")
    data = encode_erasure_list(place.vault, found[fullest])
    count = apply_erasures(files, data, vault=place.vault, anchor=anchor)
    return Laid(count, len(fullest - _rids(own)), passed_over)


def _own_parts(place: BackupPlace, chosen: Manifest, anchor: bytes) -> tuple[ListPart, ...]:
    try:
        data = place.shelf.get(chosen.erasures.sha256, chosen.erasures.size)
        parse_erasure_list(data, vault=place.vault, anchor=anchor)
        return list_parts(data, place.vault)
    except (Corrupt, UnsupportedFormat):
        return ()


def _rids(parts: Iterable[ListPart]) -> frozenset[bytes]:
    return frozenset(one.rid for part in parts for one in part.intents)


def _lists(place: BackupPlace, signed: list[SignedManifest]) -> Iterator[bytes | Corrupt]:
    """Each list once, as bytes or as what is wrong with it."""
    try:
        beside = place.erasures()
    except Corrupt as error:
        yield error
    else:
        if beside is not None:
            yield beside
    for one in {one.manifest.erasures for one in signed}:
        try:
            yield place.shelf.get(one.sha256, one.size)
        except Corrupt as error:
            yield error


def whole_file(place: BackupPlace, entry: FileEntry) -> bytes:
    """A file that is no object, out of its pieces. Raises Corrupt, BackupRefused."""
    try:
        pieces = zip(entry.pieces, entry.lengths(), strict=True)
        return b"".join(place.shelf.get(sha256, size) for sha256, size in pieces)
    except Corrupt as error:
        raise Corrupt(f"{error}: {entry.path.partition('/')[0]}") from error


class RestoreCopy:
    """What one manifest names, into the folders of `files`. One thread.

    `copied` is told how many bytes have been.
    """

    def __init__(
        self,
        place: BackupPlace,
        manifest: Manifest,
        files: VaultFiles,
        copied: Callable[[int], None],
        cancelled: Callable[[], bool],
        calls: Calls,
    ) -> None:
        """Raises: BackupRefused, if the place cannot be read."""
        self._place = place
        self._files = files
        self._copied = copied
        self._cancelled = cancelled
        self._calls = calls
        self._entries = {one.path: one for one in manifest.files}
        self._lists = manifest.lists
        self._objects: list[ObjectEntry] = []
        self._done = 0
        self.findings: list[str] = []
        self.size = sum(one.size for one in manifest.files)

    def check_going_on(self) -> None:
        """Raises: Cancelled."""
        if self._cancelled():
            raise Cancelled("restore")

    def keyring(self) -> bytes:
        """The keyring file. Raises Corrupt, BackupRefused."""
        if "keyring" not in self._entries:
            raise Corrupt("manifest: names no keyring")
        return whole_file(self._place, self._entries["keyring"])

    def slots(self) -> None:
        """Copy the slots, so that one can be opened. Raises Corrupt, BackupRefused, DiskFull, WriteFailed."""
        for path in [path for path in self._entries if path.startswith("slots/")]:
            self._file(self._entries.pop(path))

    def list_objects(self) -> None:
        """Read the lists; `size` counts the objects from then on. What lists cannot be read is a finding.

        Raises:
            BackupRefused: the place.
        """
        for one in self._lists:
            try:
                self._objects += parse_list(self._place.shelf.get(one.sha256, one.size), one.count)
            except Corrupt as error:
                self.findings.append(f"{error}: a list of {one.count} objects")
        self.size += sum(one.size for one in self._objects)

    def run(self) -> None:
        """Copy rows, objects, then the rest, the keyring last: before it nobody takes the folder for a vault.

        An object that is missing or damaged is a finding, the others are worth having; a file of keys or rows is not.

        Raises:
            Corrupt: a file of keys or rows. BackupRefused: the place.
            DiskFull, WriteFailed: the vault's disk. Cancelled.
        """
        keyring = self._entries.pop("keyring")
        for path in sorted(self._entries, key=lambda path: not path.startswith("ledger/")):
            self._file(self._entries[path])
        for one in self._objects:
            self.check_going_on()
            self._object(one)
        self._file(keyring)

    def _file(self, entry: FileEntry) -> None:
        self.check_going_on()
        data = whole_file(self._place, entry)
        where = self._files.place / entry.path
        with translated("vault folder"):
            make_folder(self._calls, where.parent)
            write_whole(self._calls, where.parent, where.name, data)
        self._tell(entry.size)

    def _object(self, entry: ObjectEntry) -> None:
        try:
            data = self._place.shelf.get(entry.sha256, entry.size)
        except Corrupt as error:
            self.findings.append(f"object {entry.object_id.hex()}: {error}")
        else:
            self._files.objects.put(entry.object_id, [(0, memoryview(data))])
        self._tell(entry.size)

    def _tell(self, size: int) -> None:
        self._done += size
        self._copied(self._done)
