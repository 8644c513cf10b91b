# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine's tests stand on: a clock, a gate, an operating system that fails on command, a vault in a folder."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from clinicam.errors import PermitRefused, VaultError
from clinicam.identity import (
    ConsentId,
    EpisodeId,
    FrameId,
    Patient,
    PatientId,
    PermitId,
    SessionId,
    StaffId,
    WorkstationId,
    make_patient,
    new_id,
)
from clinicam.permits import Admission, BodySite, CapturePermit, Purpose
from clinicam.vault.acts import What
from clinicam.vault.aead import KdfParameters
from clinicam.vault.boot import BootTime
from clinicam.vault.codec import encode
from clinicam.vault.host import HostFolder
from clinicam.vault.openvault import NewFile, NewFrame, NewRow, OpenVault, Rendition, VerifyReport
from clinicam.vault.stores.calls import REAL, Calls
from clinicam.vault.vault import CreatedVault, Vault

PASSWORD = "correct horse"
CHEAP = KdfParameters(64 * 1024, 3, 4)
TODAY = date(2026, 11, 21)


class Clock:
    """A wall clock and a monotonic one that move only when told to."""

    def __init__(self) -> None:
        self.wall = 1_790_000_000_000
        self.seconds = 0.0
        self.boot_name = "one"

    def wall_ms(self) -> int:
        return self.wall

    def monotonic(self) -> float:
        return self.seconds

    def boot(self) -> BootTime:
        return BootTime(self.boot_name, int(self.seconds * 1000), int(self.seconds * 1000))

    def forward(self, seconds: float) -> None:
        self.wall += int(seconds * 1000)
        self.seconds += seconds


def make_permit(patient: PatientId | None = None, session: SessionId | None = None) -> CapturePermit:
    return CapturePermit(
        permit=PermitId(new_id()),
        patient=patient if patient is not None else PatientId(new_id()),
        episode=EpisodeId(new_id()),
        session=session if session is not None else SessionId(new_id()),
        consent=ConsentId(new_id()),
        purposes=frozenset({Purpose.CARE_RECORD}),
        staff=StaffId(new_id()),
        workstation=WorkstationId(new_id()),
        body_site=BodySite.MOUTH,
        minted_ms=0,
        expires_ms=2**62,
    )


class Gate:
    """Vouches for the permits it was given, and remembers that it was asked."""

    def __init__(self, *permits: CapturePermit) -> None:
        self.permits = {permit.permit: permit for permit in permits}
        self.admission = Admission.FILED
        self.asked: list[tuple[PermitId, int]] = []

    def live(self, permit: PermitId) -> CapturePermit:
        return self.admit(permit, 0)[0]

    def admit(self, permit: PermitId, exposed_ms: int) -> tuple[CapturePermit, Admission]:
        self.asked.append((permit, exposed_ms))
        if permit not in self.permits:
            raise PermitRefused("unknown")
        return self.permits[permit], self.admission


class FaultyCalls(Calls):
    """The real operating system, until `fail` names a call that is to go wrong."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self._op: str | None = None
        self._left = 0
        self._code = 0
        self._stays = False
        self.failed = 0
        self.short = False
        self.before: Callable[[str], None] = lambda _op: None

    def fail(self, op: str, nth: int, code: int, *, stays: bool = False) -> None:
        """Let the `nth` next call of `op` (from 0) fail with `code`, and with `stays` all after it."""
        self._op, self._left, self._code, self._stays, self.failed = op, nth, code, stays, 0

    def mend(self) -> None:
        self._op = None

    def _gone(self, op: str) -> None:
        self.counts[op] += 1
        self.before(op)
        if op != self._op:
            return
        self._left -= 1
        if self._left < 0 and (self._stays or not self.failed):
            self.failed += 1
            raise OSError(self._code, os.strerror(self._code))

    def open(self, name: str, flags: int, *, dir_fd: int | None = None) -> int:
        self._gone("open")
        return super().open(name, flags, dir_fd=dir_fd)

    def write_at(self, fd: int, data: memoryview, offset: int) -> int:
        if self._op == "write_at" and self._left == 0 and not self.failed and len(data) > 1:
            # What a full disk does: half of it still fits.
            super().write_at(fd, data[: len(data) // 2], offset)
        self._gone("write_at")
        return super().write_at(fd, data[:7] if self.short else data, offset)

    def begin_flush(self, fd: int, offset: int, length: int) -> None:
        self._gone("begin_flush")
        super().begin_flush(fd, offset, length)

    def fsync(self, fd: int) -> None:
        self._gone("fsync")
        super().fsync(fd)

    def truncate(self, fd: int, length: int) -> None:
        self._gone("truncate")
        super().truncate(fd, length)

    def publish(self, fd: int, name: str, *, dir_fd: int) -> None:
        self._gone("publish")
        super().publish(fd, name, dir_fd=dir_fd)

    def link(self, old: str, new: str, *, dir_fd: int) -> None:
        self._gone("link")
        super().link(old, new, dir_fd=dir_fd)

    def replace(self, old: str, new: str, *, dir_fd: int) -> None:
        self._gone("replace")
        super().replace(old, new, dir_fd=dir_fd)

    def unlink(self, name: str, *, dir_fd: int) -> None:
        self._gone("unlink")
        super().unlink(name, dir_fd=dir_fd)

    def mkdir(self, name: str, *, dir_fd: int | None = None) -> None:
        self._gone("mkdir")
        super().mkdir(name, dir_fd=dir_fd)

    def close(self, fd: int) -> None:
        super().close(fd)
        self._gone("close")


@dataclass
class Practice:
    """One training vault with a founder, a gate and a permit for a patient."""

    folder: Path
    clock: Clock
    host: HostFolder
    created: CreatedVault
    permit: CapturePermit
    gate: Gate
    calls: Calls

    @property
    def place(self) -> Path:
        return self.folder / "vault"

    def open(self) -> Vault:
        return Vault.open(self.place, self.host, calls=self.calls)

    def unlocked(self) -> tuple[Vault, OpenVault]:
        """By the kit: it needs no stretching."""
        vault = self.open()
        try:
            return vault, vault.unlock_with_kit(self.created.kit_words, self.gate)
        except BaseException:
            vault.close()
            raise

    def frame(self, *data: bytes, permit: CapturePermit | None = None, simulated: bool = True) -> NewFrame:
        kinds = ((Rendition.ORIGINAL, "image/jpeg"), (Rendition.SECOND, "image/x-nikon-nef"))
        files = tuple(NewFile(*kind, one) for kind, one in zip(kinds, data, strict=False))
        return NewFrame(
            permit=(permit or self.permit).permit,
            frame=FrameId(new_id()),
            captured_ms=self.clock.wall - 50,
            camera="Nikon Z 6, 1234",
            proof="ram:/capture",
            view="EV-01",
            files=files,
            simulated=simulated,
        )


def make_practice(folder: Path, *, calls: Calls = REAL, training: bool = True) -> Practice:
    clock = Clock()
    host = HostFolder(
        folder / "host",
        wall_ms=clock.wall_ms,
        monotonic=clock.monotonic,
        boot=clock.boot,
        machine=b"one",
        calls=calls,
    )
    created = Vault.create(
        folder / "vault", host, password=PASSWORD, login="Ann", training=training, kdf=CHEAP, calls=calls
    )
    permit = make_permit()
    return Practice(folder, clock, host, created, permit, Gate(permit), calls)


def patient_row(patient: Patient, *, what: What = What.PATIENT_ADDED) -> NewRow:
    return NewRow(what, patient.patient, None, "patient", patient.patient, encode(patient))


def someone(patient: PatientId | None = None, family: str = "Marsh", given: str = "Eleanor") -> Patient:
    return make_patient(family=family, given=given, born=date(1987, 3, 14), today=TODAY, patient=patient)


def outcome(act: Callable[[], object]) -> VaultError | None:
    """What went wrong, if it was an error of the vault's; anything else goes through."""
    try:
        act()
    except VaultError as error:
        return error
    return None


def check(vault: OpenVault, *, deep: bool = True) -> VerifyReport:
    return vault.verify(deep=deep, progress=lambda _done, _of: None, cancelled=lambda: False)
