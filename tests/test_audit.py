# SPDX-License-Identifier: GPL-3.0-or-later
"""An auditor at a real workstation, and the ledger from the command line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from clinicam.auditroom import AuditRoom
from clinicam.cli import app
from clinicam.compose import NewPractice, Workstation
from clinicam.errors import CliniCamError, Corrupt, ExtractRefused, RoleRefused, VaultMissing
from clinicam.identity import StaffId
from clinicam.settings import Folders, load_settings
from clinicam.upkeep.ledger import check_file
from clinicam.vault import people
from clinicam.vault.aead import KdfParameters
from clinicam.vault.ledgerfilter import ActFilter
from clinicam.vault.people import Rank
from clinicam.vault.vault import Vault
from tests.vault.engine.people_bench import OTHER, OWN, without_stretching

CHEAP = KdfParameters(65536, 3, 4)


@pytest.fixture(autouse=True)
def cheap_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords that cost nothing."""
    create = Vault.create
    monkeypatch.setattr(Vault, "create", staticmethod(lambda *args, **kw: create(*args, **{**kw, "kdf": CHEAP})))
    monkeypatch.setattr(people, "calibrate", lambda: CHEAP)
    without_stretching(monkeypatch)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A practice with a manager, whose password is `OWN`, and an auditor, whose is `OTHER`."""
    folders = Folders.below(tmp_path / "home")
    folders.make()
    station = Workstation(folders, load_settings(folders))
    place = tmp_path / "vault"
    new = NewPractice("Harbour Lane", "Dr Aylin Demir", "Dentist", "GDC 1", OWN, place, True)
    try:
        created = station.thread.submit(station.create, new).result(60)
        station.thread.submit(station.adopt, place).result(60)
        surgery = station.thread.submit(station.unlock, created.user, OWN).result(60)
        surgery.people._measure = lambda: CHEAP
        station.thread.submit(lambda: surgery.people.add(Rank.AUDITOR, OTHER, shown="Ravi Auditor")).result(60)
    finally:
        station.close()
    (tmp_path / "kit").write_text(" ".join(created.kit_words))
    return tmp_path / "home"


@pytest.fixture
def station(home: Path) -> Iterator[Workstation]:
    folders = Folders.below(home)
    made = Workstation(folders, load_settings(folders))
    yield made
    made.close()


def auditor_of(station: Workstation) -> StaffId:
    return next(login.user for login in station.logins() if login.rank is Rank.AUDITOR)


def test_an_auditor_unlocks_reads_and_locks(home: Path, station: Workstation) -> None:
    auditor = auditor_of(station)
    with pytest.raises(RoleRefused):
        station.thread.submit(station.unlock, auditor, OTHER).result(60)
    room: AuditRoom = station.thread.submit(station.unlock_audit, auditor, OTHER).result(60)
    assert station.surgery is None
    assert room.me.name == "Ravi Auditor"
    assert room.idle_s == station._defaults.idle_reception_s
    station._record("frame.unclaimed", "count=1")
    station.lock_cause = "idle"
    rows = station.thread.submit(lambda: room.ledger.open(ActFilter()).take(3)).result(60)
    assert [row.code for row in rows] == ["ledger.viewed", "frame.unclaimed", "unlock"]
    assert {row.who for row in rows} == {auditor}
    station.close()
    assert not room.is_open
    result = run(home, "extract", "--user", "Ravi Auditor", "--out", str(home / "acts"), password=OTHER)
    assert result.exit_code == 0, result.output
    first = [json.loads(line) for line in (home / "acts").read_text().splitlines()]
    assert [(line["what"], line["detail"]) for line in first[:3]] == [
        ("ledger.exported", "form=jsonl"),
        ("unlock", "auditor"),
        ("lock", "idle"),
    ]


def run(home: Path, *words: str, password: str = "") -> Result:
    return CliRunner().invoke(app, ["vault", *words, "--home", str(home)], input=f"{password}\n" if password else "")


MANAGER = ("--user", "Dr Aylin Demir · Dentist")


def test_a_checkpoint_for_somebody_to_keep(home: Path) -> None:
    result = run(home, "checkpoint", *MANAGER, password=OWN)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("clinicam checkpoint v1\n")
    assert "code: " in result.stderr
    assert "key: clinicam/" in result.stderr


def test_a_kit_opens_the_ledger_too(home: Path, tmp_path: Path) -> None:
    result = run(home, "checkpoint", "--kit", password=(tmp_path / "kit").read_text())
    assert result.exit_code == 0, result.output


def test_an_extract_is_written_and_checked_by_a_stranger(home: Path, tmp_path: Path) -> None:
    out = tmp_path / "acts.csv"
    made = run(
        home, "extract", *MANAGER, "--out", str(out), "--form", "csv", "--act", "staff.added", "--who",
        "Dr Aylin Demir", "--since", "2020-01-01", "--until", "2100-01-01", password=OWN,
    )  # fmt: skip
    assert made.exit_code == 0, made.output
    assert made.stdout.startswith("1 acts in ")
    key = made.stdout.split("key: ")[1].strip()
    checked = run(home, "extract", "--check", str(out))
    assert checked.exit_code == 0, checked.output
    assert checked.stdout.startswith("ok: 1 acts, signed by ")
    stranger = tmp_path / "stranger"
    assert run(stranger, "extract", "--check", str(out), "--key", key).exit_code == 0
    assert isinstance(run(stranger, "extract", "--check", str(out)).exception, VaultMissing)
    out.write_bytes(out.read_bytes() + b"x")
    assert isinstance(run(home, "extract", "--check", str(out)).exception, Corrupt)
    out.unlink()
    assert isinstance(run(home, "extract", "--check", str(out)).exception, ExtractRefused)


@pytest.mark.parametrize(
    "words",
    [
        (), ("--out", "x", "--form", "pdf"), ("--out", "x", "--since", "soon"), ("--out", "x", "--subject", "4f2a"),
        ("--out", "x", "--subject", "nobody"),
    ],
)  # fmt: skip
def test_wrong_use(home: Path, words: tuple[str, ...]) -> None:
    result = run(home, "extract", *MANAGER, *words, password=OWN)
    assert result.exit_code == 2
    assert result.stderr


def test_nobody_of_that_name(home: Path) -> None:
    result = run(home, "extract", *MANAGER, "--out", "x", "--who", "Nobody", password=OWN)
    assert result.exit_code == 2
    assert "Dr Aylin Demir" in result.stderr


@pytest.mark.parametrize("key", ["", "clinicam/x", "clinicam/" + "a" * 32 + "/" + "b" * 32 + "+00000000+AAAA", "====="])
def test_keys_that_are_none(home: Path, tmp_path: Path, key: str) -> None:
    """An empty key means the vault's own roster, and there is no such file to check."""
    with pytest.raises(CliniCamError):
        check_file(Folders.below(home), tmp_path / "x", tmp_path / "nowhere", key=key)


def test_a_keyring_that_cannot_be_read(home: Path, tmp_path: Path) -> None:
    (tmp_path / "odd" / "keyring").mkdir(parents=True)
    with pytest.raises(Corrupt):
        check_file(Folders.below(home), tmp_path / "x", tmp_path / "odd", key="")
