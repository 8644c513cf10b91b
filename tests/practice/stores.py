# SPDX-License-Identifier: GPL-3.0-or-later
"""The two stores that every register is tested on: the fake and a real unlocked vault."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from clinicam.permits import Admission, CapturePermit, PermitCheck
from clinicam.practice.store import Store
from clinicam.vault.aead import KdfParameters
from clinicam.vault.host import HostFolder
from clinicam.vault.vault import Vault
from tests.practice.fake_vault import FakeVault


class Admits(PermitCheck):
    """Holds one permit and admits every frame under it."""

    def __init__(self) -> None:
        self.permit: CapturePermit | None = None
        self.admission = Admission.FILED

    def live(self, permit: bytes) -> CapturePermit:
        assert self.permit is not None
        return self.permit

    def admit(self, permit: bytes, exposed_ms: int) -> tuple[CapturePermit, Admission]:
        return self.live(permit), self.admission


@contextmanager
def opened(kind: str, folder: Path, checks: Admits) -> Iterator[Store]:
    if kind == "fake":
        yield FakeVault(checks=checks)
        return
    host = HostFolder(folder / "host")
    made = Vault.create(
        folder / "vault", host, password="correct horse 7", login="A", training=True, kdf=KdfParameters(65536, 3, 4)
    )
    vault = Vault.open(folder / "vault", host)
    unlocked = vault.unlock(made.user, "correct horse 7", checks)
    try:
        yield unlocked
    finally:
        unlocked.close()
        vault.close()
