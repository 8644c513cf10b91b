# SPDX-License-Identifier: GPL-3.0-or-later
"""What lies in a backup place already, and what of it has become too old."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clinicam.errors import BackupRefused, Corrupt, Forked, UnsupportedFormat
from clinicam.vault.backupcopy import Counted
from clinicam.vault.backupplace import BackupPlace
from clinicam.vault.manifest import Manifest, parse_list, parse_manifest
from clinicam.vault.roster import Roster


@dataclass(frozen=True, slots=True)
class History:
    """The backups in a place. `damaged` are numbers whose manifest cannot be used."""

    manifests: tuple[Manifest, ...]
    damaged: tuple[int, ...]

    @property
    def newest(self) -> Manifest | None:
        """The one to go on from."""
        return self.manifests[-1] if self.manifests else None

    @property
    def next_number(self) -> int:
        """Higher than every number there is."""
        return max((*(one.number for one in self.manifests), *self.damaged), default=0) + 1


def read_history(place: BackupPlace, roster: Roster, counted: Counted) -> History:
    """Every manifest that one of our workstations signed.

    Raises:
        Forked: one that a workstation signed whom this copy of the vault does not know.
        BackupRefused: ``newer``, one of a later version; or the place.
    """
    manifests: list[Manifest] = []
    damaged: list[int] = []
    for number in place.numbers():
        try:
            signed = parse_manifest(place.manifest(number))
            one = signed.manifest
            if (one.vault, one.number) != (place.vault, number):
                raise Corrupt("manifest: of another vault or number")
            known = roster.writers.get(one.writer)
            if known is None:
                raise Forked("backup: made by a workstation that this vault does not know")
            signed.check(known.sign_public)
        except UnsupportedFormat as error:
            raise BackupRefused("newer") from error
        except Corrupt as error:
            counted.alarms.append(f"backup {number}: {error}")
            damaged.append(number)
            continue
        manifests.append(one)
    return History(tuple(manifests), tuple(damaged))


def prune(
    place: BackupPlace, history: History, newest: Manifest, *, keep_ms: int, have: Iterable[bytes], counted: Counted
) -> int:
    """Remove backups that are too old or of no use, then every blob that none of the others names; how many blobs.

    A clock may be wrong: one that says more than `keep_ms` have gone by since any other backup makes none of them too old
    before a second backup says so too, and a backup of tomorrow is taken for one of now.

    Raises:
        BackupRefused: the place. The newest backup is not touched.
    """
    now = newest.made_ms
    last = max((min(one.made_ms, now) for one in history.manifests), default=now)
    is_jump = now - last > keep_ms
    kept = [one for one in history.manifests if is_jump or one.made_ms >= now - keep_ms]
    gone = {one.number for one in history.manifests} - {one.number for one in kept}
    place.remove_manifests(sorted(gone | set(history.damaged)))
    try:
        named = _named(place, (*kept, newest))
    except Corrupt as error:
        # Nothing is removed that may still be named; the backup that cannot be read ages out.
        counted.alarms.append(f"{error}: a list of an older backup")
        return 0
    return place.shelf.remove(sorted(set(have) - named))


def _named(place: BackupPlace, manifests: Iterable[Manifest]) -> set[bytes]:
    """Every blob that any of them names, itself or through a list. Raises Corrupt, BackupRefused."""
    named: set[bytes] = set()
    lists = {one for manifest in manifests for one in manifest.lists}
    for manifest in manifests:
        named |= manifest.named().keys()
    for one in lists:
        named |= {entry.sha256 for entry in parse_list(place.shelf.get(one.sha256, one.size), one.count)}
    return named
