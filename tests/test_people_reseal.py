# SPDX-License-Identifier: GPL-3.0-or-later
"""`clinicam vault reseal`: the patient is asked for, never an argument."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from clinicam.cli_vault import vault_app
from clinicam.errors import NotFound
from clinicam.identity import PatientId
from clinicam.permits import CapturePermit
from clinicam.settings import Folders
from clinicam.upkeep.opening import host_of
from clinicam.vault.people import People, Rank
from clinicam.vault.stores.calls import REAL
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import CHEAP, Clock, Gate, Practice, make_permit, patient_row, someone
from tests.vault.engine.people_bench import OTHER, OWN, without_stretching


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault with a patient photographed before somebody left, below a home of its own."""
    without_stretching(monkeypatch)
    folders = Folders.below(tmp_path / "home")
    folders.make()
    host = host_of(folders)
    place = tmp_path / "vault"
    created = Vault.create(place, host, password=OWN, login="Ann", training=True, kdf=CHEAP)
    marsh = someone()
    permit: CapturePermit = make_permit(PatientId(marsh.patient))
    gate = Gate(permit)
    vault = Vault.open(place, host)
    opened = vault.unlock(created.user, OWN, gate)
    people = People(opened.inside, cost=lambda: CHEAP)
    user = people.add(Rank.NURSE, OTHER, shown="Jo")
    opened.append([patient_row(marsh), patient_row(someone(family="Ito"))])
    bench = Practice(tmp_path, Clock(), host, created, permit, gate, REAL)
    opened.add(bench.frame(b"\xff\xd8 one"))
    people.remove(user)
    vault.close()
    return tmp_path


def run(home: Path, *lines: str) -> tuple[int, str, BaseException | None]:
    options = ["reseal", str(home / "vault"), "--home", str(home / "home")]
    done = CliRunner().invoke(vault_app, options, input="\n".join(lines) + "\n")
    return done.exit_code, done.output, done.exception


def test_one_patients_pictures_are_sealed_anew(home: Path) -> None:
    code, said, _ = run(home, "marsh", OWN)
    assert code == 0
    assert "sealed anew: 1; old keys gone: 1" in said
    code, said, _ = run(home, "marsh", OWN)
    assert "sealed anew: 0; old keys gone: 0" in said


@pytest.mark.parametrize("words", ["nobody", "eleanor"])
def test_words_that_mean_nobody_or_two_touch_nothing(home: Path, words: str) -> None:
    code, said, problem = run(home, words, OWN)
    assert code == 1
    assert isinstance(problem, NotFound)
    assert "Marsh" not in said
