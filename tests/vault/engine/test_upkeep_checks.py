# SPDX-License-Identifier: GPL-3.0-or-later
"""`clinicam vault verify`, `accept` and `rebuild` as they are typed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clinicam.cli import app
from clinicam.settings import Folders
from clinicam.vault.host import HostFolder
from clinicam.vault.stores.calls import REAL
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import CHEAP, PASSWORD, Clock, Gate, Practice, make_permit
from tests.vault.engine.test_chains import a_row
from tests.vault.engine.test_damaged import rows_file


@pytest.fixture
def home(tmp_path: Path) -> Practice:
    """A vault whose host state lies where the command line looks for it."""
    host = HostFolder(Folders.below(tmp_path / "home").state / "vaults")
    created = Vault.create(tmp_path / "vault", host, password=PASSWORD, login="Ann", training=True, kdf=CHEAP)
    permit = make_permit()
    practice = Practice(tmp_path, Clock(), host, created, permit, Gate(permit), REAL)
    vault, opened = practice.unlocked()
    opened.add(practice.frame(b"picture"))
    vault.close()
    return practice


def typed(home: Practice, *words: str) -> Result:
    arguments = ["vault", *words, str(home.place), "--kit", "--home", str(home.folder / "home")]
    return CliRunner().invoke(app, arguments, input=" ".join(home.created.kit_words) + "\n")


def test_verify_says_what_it_checked(home: Practice) -> None:
    first = typed(home, "verify", "--all")
    assert first.exit_code == 0, first.output
    assert "ok: " in first.output
    rows = int(first.output.split("ok: ")[1].split(" ")[0])
    again = typed(home, "verify")
    assert again.exit_code == 0
    assert int(again.output.split("ok: ")[1].split(" ")[0]) < rows
    assert typed(home, "verify", "--deep").exit_code == 0


def test_verify_against_a_checkpoint_kept_outside(home: Practice) -> None:
    vault, opened = home.unlocked()
    writer = opened.writer
    vault.close()
    kept = home.folder / "checkpoint"
    shutil.copy(home.place / "checkpoints" / writer.hex(), kept)
    good = typed(home, "verify", "--against", str(kept))
    assert good.exit_code == 0
    assert "in place" in good.output
    kept.write_text("nonsense")
    bad = typed(home, "verify", "--against", str(kept))
    assert bad.exit_code == 1
    assert "checkpoint given" in bad.output
    missing = typed(home, "verify", "--against", str(home.folder / "none"))
    assert missing.exit_code != 0


def test_damage_is_told_and_then_rebuilt(home: Practice) -> None:
    shutil.rmtree(home.place / "index")
    path = rows_file(home)
    path.write_bytes(bytes(path.stat().st_size))
    told = typed(home, "rebuild")
    assert told.exit_code == 1
    assert "problem: " in told.output
    assert "Nothing was changed" in told.output
    done = typed(home, "rebuild", "--yes")
    assert done.exit_code == 0, done.output
    assert "alarm: quarantine" in done.output
    assert "rows of pictures made again" in done.output
    assert typed(home, "verify", "--deep").exit_code == 0


def test_a_rolled_back_vault_is_gone_on_from(home: Practice) -> None:
    rows = rows_file(home)
    old = rows.read_bytes()
    vault, opened = home.unlocked()
    opened.append([a_row()])
    vault.close()
    rows.write_bytes(old)
    assert typed(home, "verify").exit_code == 1
    assert typed(home, "accept").exit_code == 1
    assert typed(home, "accept", "--yes").exit_code == 0
    assert typed(home, "verify").exit_code == 0
    assert typed(home, "accept").exit_code == 0
