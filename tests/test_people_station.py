# SPDX-License-Identifier: GPL-3.0-or-later
"""People at a workstation as it is put together: who gets past the lock screen, and what the program calls them there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clinicam.compose import NewPractice, Workstation
from clinicam.errors import NotFound, PasswordRefused, RoleRefused
from clinicam.identity import Role, StaffId
from clinicam.practice.access import Earlier
from clinicam.settings import Folders, load_settings
from clinicam.surgery import KIT_NAME, Surgery
from tests.vault.engine.bench import CHEAP, someone
from tests.vault.engine.people_bench import OTHER, OWN, without_stretching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)
    monkeypatch.setattr("clinicam.vault.creating.calibrate", lambda: CHEAP)


Do = Callable[..., object]


@contextmanager
def station(home: Path) -> Iterator[tuple[Workstation, Do]]:
    folders = Folders.below(home)
    folders.make()
    made = Workstation(folders, load_settings(folders))
    try:
        yield made, lambda fn, *args, **more: made.thread.submit(lambda: fn(*args, **more)).result(60)
    finally:
        made.close()


def unlocked(made: Workstation, do: Do, user: StaffId, password: str) -> Surgery:
    surgery = do(made.unlock, user, password)
    assert isinstance(surgery, Surgery)
    surgery.people._measure = lambda: CHEAP
    return surgery


@pytest.fixture
def founded(tmp_path: Path) -> tuple[Path, StaffId, tuple[str, ...]]:
    with station(tmp_path) as (made, do):
        new = NewPractice("Harbour Lane", "Dr Aylin Demir", "Dentist", "GDC 1", OWN, tmp_path / "vault", True)
        created = made.thread.submit(made.create, new).result(60)
        do(made.adopt, tmp_path / "vault")
    return tmp_path, created.user, created.kit_words


def test_the_first_password_keeps_the_rule_whoever_asks(tmp_path: Path) -> None:
    with station(tmp_path) as (made, do):
        for password in ("short", "harbour lane dentist"):
            new = NewPractice("Harbour Lane", "Dr Demir", "Dentist", "", password, tmp_path / "vault", True)
            with pytest.raises(PasswordRefused):
                do(made.create, new)
        assert not (tmp_path / "vault").exists()


def test_somebody_new_comes_in_and_a_leaver_does_not(founded: tuple[Path, StaffId, tuple[str, ...]]) -> None:
    home, founder, kit = founded
    marsh = someone()
    with station(home) as (made, do):
        surgery = unlocked(made, do, founder, OWN)
        do(surgery.patients.add, marsh)
        assert do(surgery.access.earlier, marsh.patient) is Earlier.FREE
        nurse = frozenset({Role.NURSE})
        jo = surgery.office
        staff = do(jo.add, name="Jo Pryce", post="Nurse", roles=nurse, registration="", password=OTHER)
    with station(home) as (made, do):
        assert [one.shown for one in made.logins()] == ["Dr Aylin Demir · Dentist", "Jo Pryce · Nurse"]
        surgery = unlocked(made, do, staff.staff, OTHER)  # type: ignore[attr-defined]
        assert surgery.me == staff
        assert do(surgery.access.earlier, marsh.patient) is Earlier.CLOSED
    with station(home) as (made, do):
        surgery = do(made.unlock_with_kit, kit)  # type: ignore[assignment]
        assert surgery.me.name == KIT_NAME
        do(surgery.office.disable, staff.staff, tasks_to=None)  # type: ignore[attr-defined]
        (held,) = do(surgery.kits.all)  # type: ignore[misc]
        assert held.is_me
        assert held.used_ms is not None
    with station(home) as (made, do):
        assert [one.shown for one in made.logins()] == ["Dr Aylin Demir · Dentist"]
        with pytest.raises(NotFound):
            do(made.unlock, staff.staff, OTHER)  # type: ignore[attr-defined]


def test_a_locum_gets_in_on_the_day_somebody_wrote_down(founded: tuple[Path, StaffId, tuple[str, ...]]) -> None:
    home, founder, _ = founded
    with station(home) as (made, do):
        surgery = unlocked(made, do, founder, OWN)
        slip = do(surgery.locums.prepare, "Locum")
    words = " ".join(slip.words)  # type: ignore[attr-defined]
    user = slip.staff  # type: ignore[attr-defined]
    with station(home) as (made, do):
        with pytest.raises(RoleRefused) as refused:
            do(made.unlock, user, words)
        assert refused.value.needed == "admission"
        assert made.surgery is None
        # The vault was let go: the next one comes in as if nobody had tried.
        surgery = unlocked(made, do, founder, OWN)
        now = made.clock.wall_ms()
        do(surgery.locums.admit, user, name="Dr Mara Day", post="Locum", registration="GDC 7", now_ms=now)
    with station(home) as (made, do):
        assert "Dr Mara Day · Locum" in [one.shown for one in made.logins()]
        surgery = unlocked(made, do, user, words)
        assert surgery.me.name == "Dr Mara Day"
