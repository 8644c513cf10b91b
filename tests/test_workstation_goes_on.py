# SPDX-License-Identifier: GPL-3.0-or-later
"""A manager goes on from an older copy of the vault, with the workstation as the lock screen uses it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from clinicam.compose import NewPractice, Workstation
from clinicam.errors import RolledBack, WrongPassword
from clinicam.settings import Folders, load_settings
from clinicam.vault.acts import What
from clinicam.vault.aead import KdfParameters
from clinicam.vault.vault import Vault
from tests.e2e.practice_day import PASSWORD


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest password cost the format allows."""
    create = Vault.create
    cheap = KdfParameters(65536, 3, 4)
    monkeypatch.setattr(Vault, "create", staticmethod(lambda *args, **kw: create(*args, **{**kw, "kdf": cheap})))


def station_of(folders: Folders) -> Workstation:
    return Workstation(folders, load_settings(folders))


def test_an_older_copy_is_gone_on_from_once_and_stays_open_for_the_next(tmp_path: Path) -> None:
    folders = Folders.below(tmp_path)
    folders.make()
    place, older = tmp_path / "vault", tmp_path / "older"
    first = station_of(folders)
    new = NewPractice("Harbour Lane", "Sam Holt", "Practice manager", "", PASSWORD, place, training=True)
    user = first.thread.submit(first.create, new).result().user
    first.thread.submit(first.adopt, place).result()
    shutil.copytree(place, older)
    first.thread.submit(first.unlock, user, PASSWORD).result()
    first.close()
    shutil.rmtree(place)
    older.rename(place)

    second = station_of(folders)
    with pytest.raises(RolledBack):
        second.thread.submit(second.unlock, user, PASSWORD).result()
    with pytest.raises(WrongPassword):
        second.thread.submit(second.go_on, user, "not " + PASSWORD).result()
    surgery = second.thread.submit(second.go_on, user, PASSWORD).result()
    counts = second.thread.submit(surgery.vault.counts).result()
    assert counts.acts[What.HISTORY_ACCEPTED.value] >= 1
    second.close()

    third = station_of(folders)
    third.thread.submit(third.unlock, user, PASSWORD).result()
    third.close()
