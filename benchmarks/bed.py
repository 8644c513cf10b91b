# SPDX-License-Identifier: GPL-3.0-or-later
"""What the measurements stand on: a folder that is removed again, a gate that says yes, a training vault filled in haste.

Pictures are random bytes or painted colours, patients are made up; nothing here ever saw a person.
"""

from __future__ import annotations

import io
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image

from benchmarks.measure import Result
from clinicam.identity import (
    ConsentId,
    EpisodeId,
    FrameId,
    PatientId,
    PermitId,
    SessionId,
    StaffId,
    WorkstationId,
    new_id,
)
from clinicam.permits import Admission, BodySite, CapturePermit, Purpose
from clinicam.vault.aead import KdfParameters
from clinicam.vault.host import HostFolder
from clinicam.vault.model import CreatedVault, NewFile, NewFrame
from clinicam.vault.openvault import OpenVault, Rendition
from clinicam.vault.stores.calls import REAL, Calls
from clinicam.vault.vault import Vault

PASSWORD = "a password of the bench"
CHEAP = KdfParameters(64 * 1024, 3, 4)
"""For vaults whose unlocking is not what is measured."""


@dataclass
class Findings:
    """What one topic has to tell. `left_out` names what could not be measured and why; `remarks` how it was done."""

    results: list[Result] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


Topic = Callable[[Path], Findings]
"""Measures below the folder it is given and leaves nothing running."""


@contextmanager
def bench_folder(name: str) -> Iterator[Path]:
    """A private folder below ``build/``, on the disk the checkout lies on; removed afterwards, whatever happened."""
    folder = Path("build").absolute() / f"bench-{name}-{secrets.token_hex(4)}"
    folder.mkdir(mode=0o700, parents=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class OpenGate:
    """A permit check that vouches for one permit for ever."""

    def __init__(self, patient: PatientId | None = None, session: SessionId | None = None) -> None:
        self.permit = CapturePermit(
            permit=PermitId(new_id()),
            patient=patient or PatientId(new_id()),
            episode=EpisodeId(new_id()),
            session=session or SessionId(new_id()),
            consent=ConsentId(new_id()),
            purposes=frozenset({Purpose.CARE_RECORD}),
            staff=StaffId(new_id()),
            workstation=WorkstationId(new_id()),
            body_site=BodySite.MOUTH,
            minted_ms=0,
            expires_ms=2**62,
        )

    def live(self, _permit: PermitId) -> CapturePermit:
        """The one permit."""
        return self.permit

    def admit(self, _permit: PermitId, _exposed_ms: int) -> tuple[CapturePermit, Admission]:
        """The one permit, and every frame is filed."""
        return self.permit, Admission.FILED


class Hasty(Calls):
    """The operating system without its flushes: to fill a vault that is only going to be read."""

    def fsync(self, fd: int) -> None:
        """Nothing."""
        del fd


@dataclass(frozen=True)
class Training:
    """A training vault, unlocked. `close` both locks it and lets it go."""

    vault: Vault
    opened: OpenVault
    created: CreatedVault
    gate: OpenGate

    def close(self) -> None:
        """Lock and let go."""
        self.vault.close()

    def frame(self, data: bytes, *, view: str = "IV07", captured_ms: int | None = None) -> NewFrame:
        """One JPEG's frame under the gate's permit."""
        return NewFrame(
            permit=self.gate.permit.permit,
            frame=FrameId(new_id()),
            captured_ms=captured_ms if captured_ms is not None else now_ms(),
            camera="Bench",
            proof="memory",
            view=view,
            files=(NewFile(Rendition.ORIGINAL, "image/jpeg", data),),
            simulated=True,
        )


@contextmanager
def training_vault(folder: Path, gate: OpenGate, *, calls: Calls = REAL) -> Iterator[Training]:
    """A fresh training vault, unlocked by its kit, for as long as the context lasts."""
    host = HostFolder(folder / "host")
    created = Vault.create(
        folder / "vault", host, password=PASSWORD, login="Bench", training=True, kdf=CHEAP, calls=calls
    )
    vault = Vault.open(folder / "vault", host, calls=calls)
    try:
        yield Training(vault, vault.unlock_with_kit(created.kit_words, gate), created, gate)
    finally:
        vault.close()


def now_ms() -> int:
    """UTC milliseconds."""
    return time.time_ns() // 1_000_000


def write_raw(folder: Path, data: bytes) -> float:
    """Seconds to write `data` into a new file and flush it: the peer of everything durable. The file is removed again."""
    path = folder / "raw"
    start = time.perf_counter()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    took = time.perf_counter() - start
    path.unlink()
    return took


def painted_jpeg(number: int, size: tuple[int, int]) -> bytes:
    """A picture with some detail that differs from number to number."""
    picture = Image.effect_noise(size, 40 + number % 20).convert("RGB")
    picture.paste(
        (number * 37 % 256, number * 59 % 256, number * 83 % 256),
        (size[0] // 5, size[1] // 4, size[0] * 3 // 5, size[1] * 3 // 4),
    )
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=82)
    return out.getvalue()
