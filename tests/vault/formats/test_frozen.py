# SPDX-License-Identifier: GPL-3.0-or-later
"""Vaults that earlier versions wrote, whole: opened by every later one, by everybody who could, with all that was in them."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clinicam.errors import NotFound, WrongPassword
from clinicam.identity import ImageId, PatientId, StaffId
from clinicam.vault.checkpoint import read_any
from clinicam.vault.host import HostFolder
from clinicam.vault.openvault import OpenVault
from clinicam.vault.vault import Vault
from tests.vault import independent_reader as other
from tests.vault.engine.bench import Gate, check
from tests.vault.independent_reader import read_acts, read_folder, read_vault
from tests.vault.make_frozen import FOLDER, unpack

NUMBERS = sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


class Frozen:
    """One of them, thawed into a folder of the test."""

    def __init__(self, number: str, folder: Path) -> None:
        source = FOLDER / number
        self.expected: dict[str, Any] = json.loads((source / "expected.json").read_text())
        self.place, self.host = folder / "vault", folder / "host"
        unpack((source / "vault.txt").read_text(), self.place)
        unpack((source / "host.txt").read_text(), self.host)
        for name in ("quarantine", "index", "checkpoints", "objects"):
            (self.place / name).mkdir(exist_ok=True, mode=0o700)

    def open(self) -> Vault:
        return Vault.open(self.place, HostFolder(self.host, machine=b"one"))

    def user(self, who: str) -> StaffId:
        return StaffId(bytes.fromhex(self.expected["users"][who]))

    def unlock(self, vault: Vault, who: str) -> OpenVault:
        return vault.unlock(self.user(who), self.expected["passwords"][who], Gate())

    def pictures(self) -> dict[str, str]:
        found: dict[str, str] = self.expected["pictures"]
        return found


@pytest.fixture(params=NUMBERS)
def frozen(request: pytest.FixtureRequest, tmp_path: Path) -> Frozen:
    return Frozen(request.param, tmp_path)


def test_there_is_one() -> None:
    assert [str(n) for n in range(1, len(NUMBERS) + 1)] == NUMBERS
    assert NUMBERS


def _holds_everything(frozen: Frozen, opened: OpenVault) -> None:
    assert {one.image.hex() for one in opened.images()} == frozen.pictures().keys()
    for name, digest in frozen.pictures().items():
        assert hashlib.sha256(opened.read(ImageId(bytes.fromhex(name)))).hexdigest() == digest
    for patient, count in frozen.expected["of each"].items():
        assert len(opened.images(patient=PatientId(bytes.fromhex(patient)))) == count
    for name in frozen.expected["erased images"]:
        with pytest.raises(NotFound):
            opened.read(ImageId(bytes.fromhex(name)))
    report = check(opened)
    assert report.findings == ()
    assert report.ok


def test_as_its_own_workstation_and_as_another(frozen: Frozen) -> None:
    """First where it was written last, then on a machine that never saw it; by password, then by the kit."""
    vault = frozen.open()
    _holds_everything(frozen, frozen.unlock(vault, "founder"))
    vault.close()
    shutil.rmtree(frozen.host)
    vault = frozen.open()
    _holds_everything(frozen, vault.unlock_with_kit(frozen.expected["kit"].split(), Gate()))
    vault.close()


def test_without_the_saved_index(frozen: Frozen) -> None:
    shutil.rmtree(frozen.place / "index")
    vault = frozen.open()
    opened = frozen.unlock(vault, "manager")
    _holds_everything(frozen, opened)
    names = {hit.patient.patient.hex() for hit in opened.search_patients("Marsh")}
    assert names == {frozen.expected["patients"]["Marsh"]}
    assert not opened.search_patients("Gone")
    vault.close()


def test_everybody_comes_in_as_what_they_are(frozen: Frozen) -> None:
    vault = frozen.open()
    frozen.unlock(vault, "founder").close()  # a thawed vault is a copy: a manager lets its workstation in first
    nurse = frozen.unlock(vault, "nurse")
    assert len(nurse.images()) == len(frozen.pictures())
    nurse.close()
    auditor = vault.unlock_audit(frozen.user("auditor"), frozen.expected["passwords"]["auditor"])
    assert not hasattr(auditor, "read")
    auditor.close()
    with pytest.raises(NotFound):
        vault.unlock(frozen.user("leaver"), "anything", Gate())
    with pytest.raises(WrongPassword):
        vault.unlock(frozen.user("founder"), "anything", Gate())
    vault.close()


def test_against_its_checkpoints(frozen: Frozen) -> None:
    notes = [path.read_bytes() for path in sorted((frozen.place / "checkpoints").iterdir())]
    assert len(notes) == 2
    vault = frozen.open()
    opened = frozen.unlock(vault, "founder")
    report = opened.verify(deep=False, progress=lambda *_: None, cancelled=lambda: False, against=notes)
    assert report.findings == ()
    writers = {one: known.sign_public for one, known in opened.inside.book.keyring.roster.writers.items()}
    assert all(read_any(note, vault=opened.vault_id, writers=writers) for note in notes)
    vault.close()


def test_in_the_second_reader(frozen: Frozen) -> None:
    expected = frozen.expected
    user = frozen.user("founder")
    rows, objects = read_vault(frozen.place, user, expected["passwords"]["founder"])
    told = {name.hex(): hashlib.sha256(picture).hexdigest() for name, (_, _, picture) in objects.items()}
    assert frozen.pictures().items() <= told.items()
    assert not set(expected["erased images"]) & told.keys()
    assert any(row.erased for row in rows)
    acts = {row.act["what"].partition(" ")[0] for row in rows}
    assert {"vault.created", "image.stored", "erasure.intended", "erasure.done", "frame.unclaimed"} <= acts
    assert len({row.writer for row in rows}) == 2
    slots = frozen.place / "slots"
    auditor = frozen.user("auditor")
    secret = other.open_slot((slots / auditor.hex()).read_bytes(), password=expected["passwords"]["auditor"])
    assert [row.act for row in read_acts(frozen.place, secret)] == [row.act for row in rows]
    with pytest.raises(other.Refused):
        read_folder(frozen.place, secret)
