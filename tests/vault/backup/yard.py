# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice with pictures, a folder that stands for its NAS, and what may be asked of both."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from clinicam.identity import ImageId
from clinicam.vault.backup import BackupReport, Backups
from clinicam.vault.backupplace import reading
from clinicam.vault.cosigning import Cosigner
from clinicam.vault.door import Door
from clinicam.vault.erasure import Erasures
from clinicam.vault.host import HostFolder
from clinicam.vault.manifest import Manifest, ObjectEntry, parse_list, parse_manifest
from clinicam.vault.openvault import OpenVault
from clinicam.vault.restore import Unlock, restore
from clinicam.vault.restorereport import RestoreReport
from clinicam.vault.slot import Slot, UserSecret, open_password_slot
from clinicam.vault.stores.calls import REAL
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import PASSWORD, Clock, Practice, make_permit, make_practice, patient_row, someone

DAY_S = 86_400


@dataclass
class Yard:
    """See the module. `pictures` are what was acknowledged."""

    practice: Practice
    nas: Path
    pictures: dict[ImageId, bytes] = field(default_factory=dict)

    @property
    def clock(self) -> Clock:
        return self.practice.clock

    @contextmanager
    def open(self) -> Iterator[OpenVault]:
        vault, opened = self.practice.unlocked()
        try:
            yield opened
        finally:
            vault.close()

    def shoot(self, opened: OpenVault, data: bytes) -> ImageId:
        image = opened.add(self.practice.frame(data)).images[0]
        self.pictures[image] = data
        return image

    def back_up(self, opened: OpenVault, *, thorough: bool = False, keep_days: int = 35) -> BackupReport:
        """By calls of its own that can be made to fail; the vault's never do."""
        backups = Backups(opened.inside, calls=self.practice.calls)
        return backups.run(self.nas, fresh=True, thorough=thorough, keep_days=keep_days)

    def by_kit(self, door: Door) -> tuple[bytes, UserSecret]:
        return door.by_kit(self.practice.created.kit_words)

    def restore(self, to: Path, host: HostFolder, *, number: int | None = None, drill: bool = False) -> RestoreReport:
        unlock: Unlock = self.by_kit  # type: ignore[assignment]
        return restore(self.nas, to, host, unlock, number=number, drill=drill)

    def other_host(self, name: str = "two") -> HostFolder:
        clock = self.clock
        folder = self.practice.folder / f"host-{name}"
        return HostFolder(folder, wall_ms=clock.wall_ms, monotonic=clock.monotonic, machine=name.encode())

    @contextmanager
    def opened_at(self, place: Path, host: HostFolder) -> Iterator[OpenVault]:
        vault = Vault.open(place, host)
        try:
            yield vault.unlock_with_kit(self.practice.created.kit_words, self.practice.gate)
        finally:
            vault.close()

    def erase(self, opened: OpenVault) -> None:
        """The patient of the practice's permit, by the kit and the founder."""
        founder = self.practice.created.user
        slot = Slot.decode(opened.inside.files.slots()[founder])
        key = open_password_slot(slot, PASSWORD).signing_key()
        Erasures(opened.inside).erase(self.practice.permit.patient, reason="request", second=Cosigner(founder, key))

    def manifests(self) -> list[Manifest]:
        with reading(self.nas, REAL) as place:
            return [parse_manifest(place.manifest(number)).manifest for number in place.numbers()]

    def blob(self, sha256: bytes) -> Path:
        return self.nas / "blobs" / sha256.hex()[:2] / sha256.hex()

    def blobs(self) -> dict[str, int]:
        """Name to inode: a blob that is written again gets another."""
        return {path.name: path.stat().st_ino for path in (self.nas / "blobs").glob("*/*")}

    def objects(self, manifest: Manifest) -> list[ObjectEntry]:
        return [entry for one in manifest.lists for entry in parse_list(self.blob(one.sha256).read_bytes(), one.count)]

    def names(self, manifest: Manifest) -> dict[bytes, int]:
        """Every blob that a backup needs."""
        return manifest.named() | {one.sha256: one.size for one in self.objects(manifest)}

    def is_whole(self) -> bool:
        """Whether every blob of the newest backup is there with the right bytes, checked by nothing of the program's."""
        newest = self.manifests()[-1]
        return all(
            hashlib.sha256(self.blob(name).read_bytes()).digest() == name and self.blob(name).stat().st_size == size
            for name, size in self.names(newest).items()
        )


def make_yard(folder: Path, *, pictures: int = 3, **options: object) -> Yard:
    """With so many pictures of one patient."""
    yard = Yard(make_practice(folder / "practice", **options), folder / "nas")  # type: ignore[arg-type]
    with yard.open() as opened:
        opened.append([patient_row(someone(yard.practice.permit.patient))])
        for number in range(pictures):
            yard.shoot(opened, bytes([number + 1]) * 9_000)
    return yard


def another_patient(yard: Yard, opened: OpenVault) -> None:
    """From now on pictures are of somebody else."""
    yard.practice.permit = make_permit()
    yard.practice.gate.permits[yard.practice.permit.permit] = yard.practice.permit
    opened.append([patient_row(someone(yard.practice.permit.patient, family="Other"))])
