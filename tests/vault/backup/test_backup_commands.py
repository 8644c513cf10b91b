# SPDX-License-Identifier: GPL-3.0-or-later
"""`clinicam vault backup` and `clinicam vault restore`: what they say, their exit codes, what the workstation opens after."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clinicam.cli import app
from clinicam.errors import BackupRefused, CliniCamError, VaultExists, WrongPassword
from clinicam.settings import Folders, Settings, load_settings, save_settings
from clinicam.vault.backupnote import TOPIC, NoteKind, read_notes
from clinicam.vault.host import HostFolder
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import CHEAP, PASSWORD, Gate


class Station:
    """A workstation with a vault, below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folders = Folders.below(folder / "home")
        self.folders.make()
        self.place, self.nas = folder / "vault", folder / "nas"
        self.host = HostFolder(self.folders.state / "vaults")
        self.created = Vault.create(self.place, self.host, password=PASSWORD, login="Ann", training=True, kdf=CHEAP)
        save_settings(self.folders, Settings(vault=str(self.place), unfinished=str(self.place)))
        self.kit = " ".join(self.created.kit_words)

    def run(self, *words: object, secret: str | None = None) -> Result:
        arguments = ["vault", *(str(word) for word in words), "--home", str(self.folder / "home")]
        return CliRunner().invoke(app, arguments, input=f"{secret or self.kit}\n")

    def kinds(self, place: Path | None = None) -> list[NoteKind]:
        vault = Vault.open(place or self.place, self.host)
        try:
            opened = vault.unlock_with_kit(self.created.kit_words, Gate())
            return [note.kind for note in read_notes(opened.entries(TOPIC))]
        finally:
            vault.close()


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return Station(tmp_path)


def refused(result: Result, kind: type[CliniCamError]) -> bool:
    """Whether it ended with that error, which `cli.main` turns into a sentence and exit code 1."""
    return isinstance(result.exception, kind)


def test_a_backup_and_a_trial(station: Station) -> None:
    first = station.run("backup", "--to", station.nas, "--kit")
    assert (first.exit_code, first.stdout.splitlines()[0][:21]) == (0, "backup 1: 0 objects, ")
    assert "fire or theft would take both" in first.stdout
    second = station.run("backup", "--to", station.nas, "--thorough", secret=PASSWORD)
    assert second.exit_code == 0
    trial = station.run("restore", station.nas, station.folder / "trial", "--drill", "--kit")
    assert trial.exit_code == 0
    assert "ok: backup 2 tried and removed" in trial.stdout
    assert not (station.folder / "trial").exists()
    assert station.kinds() == [NoteKind.MADE, NoteKind.MADE, NoteKind.DRILL]


def test_refusals(station: Station) -> None:
    assert refused(station.run("backup", "--to", station.place / "x", "--kit"), BackupRefused)
    assert refused(station.run("backup", "--to", station.nas, secret="wrong"), WrongPassword)
    assert refused(station.run("restore", station.nas, station.folder / "to", "--kit"), BackupRefused)
    assert refused(station.run("restore", station.nas, station.folder / "to", "--drill", "--kit"), BackupRefused)
    station.run("backup", "--to", station.nas, "--kit")
    assert refused(station.run("restore", station.nas, station.folder / "to", "--kit"), VaultExists)
    assert station.run("backup").exit_code == 2


def test_a_lost_vault(station: Station) -> None:
    station.run("backup", "--to", station.nas, "--kit")
    shutil.rmtree(station.place)
    to = station.folder / "restored"
    result = station.run("restore", station.nas, to, secret=PASSWORD)
    assert result.exit_code == 0, result.output
    assert "ok: backup 1 restored" in result.stdout
    assert "newer than the backup" in result.stdout
    settings = load_settings(station.folders)
    assert (settings.vault, settings.unfinished) == (str(to), "")
    assert station.run("verify", "--kit").exit_code == 0


def test_damage_is_said_line_by_line(station: Station) -> None:
    station.run("backup", "--to", station.nas, "--kit")
    (station.nas / "manifests" / "000002").write_bytes(b"CCBACK\0\1")
    result = station.run("restore", station.nas, station.folder / "to", "--drill", "--backup", "1", "--kit")
    assert result.exit_code == 0
    after = station.run("backup", "--to", station.nas, "--kit")
    assert "alarm: backup 2" in after.stdout


def test_a_trial_on_a_machine_that_never_had_the_vault(station: Station, tmp_path: Path) -> None:
    station.run("backup", "--to", station.nas, "--kit")
    for name in ("spare", "other"):
        spare = Station(tmp_path / name) if name == "other" else None
        home = tmp_path / name / "home"
        home.mkdir(parents=True, exist_ok=True)
        arguments = ["vault", "restore", str(station.nas), str(tmp_path / f"{name}-trial"), "--drill", "--kit"]
        result = CliRunner().invoke(app, [*arguments, "--home", str(home)], input=f"{station.kit}\n")
        assert result.exit_code == 0, result.output
        assert "in no ledger" in result.stdout
        assert spare is None or spare.kinds() == []


def test_a_trial_while_a_window_is_open(station: Station) -> None:
    station.run("backup", "--to", station.nas, "--kit")
    vault = Vault.open(station.place, station.host)
    try:
        result = station.run("restore", station.nas, station.folder / "trial", "--drill", "--kit")
    finally:
        vault.close()
    assert result.exit_code == 0
    assert "in no ledger" in result.stdout


def test_a_workstation_whose_vault_is_damaged(station: Station) -> None:
    station.run("backup", "--to", station.nas, "--kit")
    (station.place / "keyring").write_bytes(b"x")
    assert "in no ledger" in station.run("restore", station.nas, station.folder / "t", "--drill", "--kit").stdout
    result = station.run("restore", station.nas, station.folder / "to", "--kit")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "This workstation opens it from now on.")
    assert load_settings(station.folders).vault == str(station.folder / "to")


def test_a_workstation_with_another_vault_keeps_it(station: Station, tmp_path: Path) -> None:
    station.run("backup", "--to", station.nas, "--kit")
    other = Station(tmp_path / "other")
    arguments = [
        "vault",
        "restore",
        str(station.nas),
        str(tmp_path / "to"),
        "--kit",
        "--home",
        str(tmp_path / "other/home"),
    ]
    result = CliRunner().invoke(app, arguments, input=f"{station.kit}\n")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "This workstation opens the vault it opened before.",
    )
    assert load_settings(other.folders).vault == str(other.place)
