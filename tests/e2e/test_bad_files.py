# SPDX-License-Identifier: GPL-3.0-or-later
"""Each file of a vault and of its workstation damaged in turn: it is said, and nothing is lost once it is mended."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from clinicam.camera.simulator.process import SimulatorProcess
from clinicam.errors import (
    CliniCamError,
    Corrupt,
    VaultMissing,
)
from clinicam.identity import StaffId
from clinicam.surgery import Surgery
from clinicam.vault.aead import KdfParameters
from clinicam.vault.vault import Vault
from tests.e2e.practice_day import PASSWORD, practice_day, station_at
from tests.e2e.saying import sentence_for


@dataclass
class Worked:
    """A vault after a session of two pictures, locked."""

    root: Path
    user: StaffId
    kit: tuple[str, ...]
    images: int = 0
    rows: int = 0
    whole: dict[Path, bytes] = field(default_factory=dict, repr=False)

    def keep(self) -> None:
        """Remember every byte."""
        self.whole = {path: path.read_bytes() for path in self.root.rglob("*") if path.is_file()}

    def restore(self) -> None:
        """As remembered, in place: a copy would be another vault."""
        known = {*self.whole, *(folder for path in self.whole for folder in path.parents)}
        for path in sorted((path for path in self.root.rglob("*") if path not in known), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        for path, content in self.whole.items():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not path.exists() or path.read_bytes() != content:
                path.write_bytes(content)

    def file(self, pattern: str, place: int = 0) -> Path:
        found = sorted((path for path in self.root.glob(pattern) if path.is_file()), key=lambda p: p.stat().st_size)
        return found[place]


@dataclass
class Look:
    """What one visit found: the error that kept it out, or what was said inside."""

    problem: CliniCamError | None = None
    findings: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    unread: list[CliniCamError] = field(default_factory=list)
    images: int = 0
    rows: int = 0


@pytest.fixture(scope="module")
def day_over(simulator: SimulatorProcess, tmp_path_factory: pytest.TempPathFactory) -> Worked:
    root = tmp_path_factory.mktemp("worked")
    create, floor = Vault.create, KdfParameters(65536, 3, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Vault, "create", staticmethod(lambda *args, **kw: create(*args, **{**kw, "kdf": floor})))
        with practice_day(root, camera=simulator.port) as day:
            day.in_session()
            day.shoot()
            day.shoot()
            made = Worked(root, day.created.user, day.created.kit_words)
    seen = visit(made)
    assert seen.problem is None
    made.images, made.rows = seen.images, seen.rows
    assert made.images == 2
    made.keep()
    return made


@pytest.fixture
def worked(day_over: Worked) -> Iterator[Worked]:
    """That vault as it was; what a failing test leaves behind harms no other."""
    yield day_over
    day_over.restore()


def visit(worked: Worked) -> Look:
    """Start, unlock, read every picture, check everything, lock."""
    try:
        with station_at(worked.root) as station:

            def inside() -> Look:
                surgery = station.unlock(worked.user, PASSWORD)
                return look_round(surgery)

            return station.thread.submit(inside).result(120)
    except CliniCamError as problem:
        return Look(problem)


def look_round(surgery: Surgery) -> Look:
    vault = surgery.vault
    seen = Look(alarms=tuple(vault.alarms), images=vault.counts().images, rows=vault.counts().rows)
    for image in vault.images():
        for one in (image.image, image.preview, image.thumbnail):
            if one is not None:
                try:
                    vault.read(one)
                except CliniCamError as problem:
                    seen.unread.append(problem)
    report = vault.verify(deep=True, progress=lambda *_: None, cancelled=lambda: False)
    seen.findings, seen.alarms = report.findings, (*seen.alarms, *report.alarms)
    return seen


def still_whole(worked: Worked) -> None:
    seen = visit(worked)
    assert seen.problem is None
    assert seen.findings == ()
    assert seen.unread == []
    assert seen.images == worked.images
    assert seen.rows >= worked.rows


def turn(path: Path, share: float) -> Callable[[], None]:
    """Turn one bit at that share of the file's length; the answer turns it back."""
    at = min(int(path.stat().st_size * share), path.stat().st_size - 1)

    def turned() -> None:
        with path.open("r+b") as file:
            file.seek(at)
            byte = file.read(1)[0]
            file.seek(at)
            file.write(bytes([byte ^ 1]))

    turned()
    return turned


SHARES = (0.0, 0.3, 0.6, 1.0)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize(
    "pattern",
    ["vault/keyring", "vault/bags/*", "vault/ledger/*/*", "vault/slots/{user}"],
    ids=["keyring", "bag", "rows", "slot"],
)
def test_a_damaged_file_of_the_vault(worked: Worked, pattern: str, share: float) -> None:
    path = worked.file(pattern.format(user=worked.user.hex()))
    mend = turn(path, share)
    seen = visit(worked)
    mend()
    assert seen.problem is not None or seen.findings or seen.alarms, "nobody noticed"
    if seen.problem is not None:
        sentence_for(seen.problem)
    still_whole(worked)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("place", [0, -1], ids=["smallest", "largest"])
def test_a_damaged_picture(worked: Worked, share: float, place: int) -> None:
    path = worked.file("vault/objects/*/*", place)
    mend = turn(path, share)
    seen = visit(worked)
    mend()
    assert seen.problem is None, "one picture must not keep anybody out"
    assert [type(one) for one in seen.unread] == [Corrupt]
    assert "damaged" in sentence_for(seen.unread[0]).sentence
    assert [finding for finding in seen.findings if path.name in finding]
    assert seen.images == worked.images
    still_whole(worked)


@pytest.mark.parametrize("share", SHARES)
def test_a_damaged_index_is_built_anew(worked: Worked, share: float) -> None:
    turn(worked.file("vault/index/*"), share)
    still_whole(worked)


@pytest.mark.parametrize("share", SHARES)
@pytest.mark.parametrize("kind", ["marks", "writer", "logins", "note", "tries"])
def test_a_damaged_file_of_this_workstation(worked: Worked, kind: str, share: float) -> None:
    """Outside the vault: what it has seen, its own key. The recovery kit is never worse off for it."""
    path = worked.file(f"state/vaults/*.{kind}")
    before = path.read_bytes()
    turn(path, share)
    seen = visit(worked)
    if seen.problem is not None:
        sentence_for(seen.problem)
        path.write_bytes(before)
    else:
        assert seen.images == worked.images
    still_whole(worked)


@pytest.mark.parametrize("name", ["keyring", "slots", "ledger", "objects", "bags"])
def test_a_missing_part_of_the_vault(worked: Worked, name: str) -> None:
    part, aside = worked.root / "vault" / name, worked.root / f"{name}-aside"
    part.rename(aside)
    seen = visit(worked)
    if part.is_dir():
        assert not [path for path in part.rglob("*") if path.is_file()], "something was made in its place"
        for path in sorted(part.rglob("*"), reverse=True):
            path.rmdir()
        part.rmdir()
    aside.rename(part)
    assert seen.problem is not None or seen.findings, "nobody noticed"
    if seen.problem is not None:
        sentence_for(seen.problem)
    still_whole(worked)


def test_the_vault_gone(worked: Worked) -> None:
    place, aside = worked.root / "vault", worked.root / "aside"
    place.rename(aside)
    problem = visit(worked).problem
    aside.rename(place)
    assert isinstance(problem, VaultMissing)
    assert "not where it should be" in sentence_for(problem).sentence
    still_whole(worked)
