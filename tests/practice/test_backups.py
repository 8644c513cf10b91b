# SPDX-License-Identifier: GPL-3.0-or-later
"""The schedule of backups, what is known of them, and that they rest while a session is open."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import msgspec
import pytest

from clinicam.errors import BackupRefused, Cancelled, VaultClosed
from clinicam.practice.backups import AGAIN_MS, DAY_MS, HOUR_MS, BackupKeeper, is_due
from clinicam.practice.policy import BackupPolicy, PolicyRegister, load_policy
from clinicam.settings import resources_dir
from clinicam.vault.openvault import OpenVault
from clinicam.vault.thread import VaultThread
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import Practice, make_practice

NAMED = BackupPolicy(place="/srv/nas")


def at(day: int, hour: int, minute: int = 0) -> int:
    """Local time of a day in November 2026."""
    return int(datetime(2026, 11, day, hour, minute).astimezone().timestamp() * 1000)


@pytest.mark.parametrize(
    ("policy", "made", "failed", "now", "due"),
    [
        (BackupPolicy(), None, None, at(20, 14), False),
        (NAMED, None, None, at(20, 9), True),
        (NAMED, at(20, 13, 1), None, at(20, 17), False),
        (NAMED, at(20, 12, 59), None, at(20, 13), True),
        (NAMED, at(20, 12, 59), None, at(20, 12, 59), False),
        (NAMED, at(19, 13), None, at(20, 12, 59), False),
        (NAMED, at(19, 12), None, at(20, 8), True),
        (NAMED, at(20, 18), None, at(20, 17), True),  # the clock was set back
        (NAMED, None, at(20, 13), at(20, 13, 59), False),
        (NAMED, None, at(20, 13), at(20, 13) + AGAIN_MS, True),
        (NAMED, None, at(20, 14), at(20, 13), True),
        (BackupPolicy(place="/x", hours=4), at(20, 9), None, at(20, 12, 59), False),
        (BackupPolicy(place="/x", hours=4), at(20, 9), None, at(20, 9) + 4 * HOUR_MS, True),
        (BackupPolicy(place="/x", time="00:00"), at(19, 23), None, at(20, 0), True),
    ],
)
def test_when_a_backup_is_due(policy: BackupPolicy, made: int | None, failed: int | None, now: int, due: bool) -> None:
    assert is_due(policy, made, failed, now) is due


class Desk:
    """An unlocked vault on its thread, with its keeper."""

    def __init__(self, folder: Path) -> None:
        self.practice: Practice = make_practice(folder / "practice")
        self.nas = folder / "nas"
        self.thread = VaultThread()
        self.busy = threading.Event()
        self.looked = threading.Semaphore(0)
        self.vault: Vault
        self.opened: OpenVault
        self.vault, self.opened = self.thread.submit(self.practice.unlocked).result()
        self.policies = PolicyRegister(self.opened, load_policy(resources_dir() / "policy.toml"))
        self.keeper = BackupKeeper(
            self.opened,
            self.thread,
            self.policies,
            wall_ms=self.practice.clock.wall_ms,
            is_busy=self._is_busy,
            rest_s=0.001,
        )

    def _is_busy(self) -> bool:
        self.looked.release()
        return self.busy.is_set()

    def close(self) -> None:
        self.keeper.close()
        self.thread.submit(self.vault.close).result()
        self.thread.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    found = Desk(tmp_path)
    yield found
    found.close()


def test_naming_a_place_and_what_is_known_then(desk: Desk) -> None:
    state = desk.thread.submit(desk.keeper.state).result()
    assert (state.place, state.made, state.is_old, state.is_drill_due) == ("", None, False, False)
    with pytest.raises(BackupRefused):
        desk.keeper.start().result()
    report = desk.keeper.start(desk.nas).result()
    state = desk.thread.submit(desk.keeper.state).result()
    assert state.place == str(desk.nas)
    assert state.made is not None
    assert (state.made.number, report.number, state.failed) == (1, 1, None)
    assert (state.is_old, state.is_drill_due, state.is_off_machine) == (False, True, False)
    assert desk.keeper.progress is None
    # Naming it again changes no policy.
    version = desk.policies.current().version
    desk.keeper.start(desk.nas).result()
    assert desk.policies.current().version == version
    desk.practice.clock.forward(4 * 86_400)
    assert desk.thread.submit(desk.keeper.state).result().is_old


def test_a_trial_restore(desk: Desk) -> None:
    with pytest.raises(BackupRefused):
        desk.keeper.drill().result()
    desk.keeper.start(desk.nas).result()
    assert desk.keeper.drill().result().ok
    state = desk.thread.submit(desk.keeper.state).result()
    assert not state.is_drill_due
    assert state.drill_days == 0
    desk.practice.clock.forward(31 * 86_400)
    state = desk.thread.submit(desk.keeper.state).result()
    assert (state.is_drill_due, state.drill_days) == (True, 31)


def test_the_schedule_begins_what_is_due(desk: Desk) -> None:
    def tended() -> None:
        desk.thread.submit(desk.keeper.tend).result()

    tended()
    assert not desk.keeper.is_running, "nobody has named a place"
    desk.keeper.start(desk.nas).result()
    desk.practice.clock.forward(2 * 86_400)
    desk.busy.set()
    tended()
    assert not desk.keeper.is_running, "a session is open"
    desk.busy.clear()
    tended()
    desk.keeper.close()
    state = desk.thread.submit(desk.keeper.state).result()
    assert state.made is not None
    tended()  # closed: nothing begins any more


def test_a_failure_is_known_until_the_next_success(desk: Desk) -> None:
    desk.keeper.start(desk.nas).result()
    away = desk.nas.rename(desk.nas.parent / "away")
    desk.practice.clock.forward(86_400)
    with pytest.raises(BackupRefused):
        desk.keeper.start().result()
    state = desk.thread.submit(desk.keeper.state).result()
    assert state.failed is not None
    assert state.failed.reason == "gone"
    away.rename(desk.nas)
    desk.practice.clock.forward(60)
    desk.keeper.start().result()
    assert desk.thread.submit(desk.keeper.state).result().failed is None


def test_it_rests_while_a_session_is_open(desk: Desk) -> None:
    """It is let go on one look at a time: while the session is open no step is taken, and the vault thread is free."""
    desk.busy.set()
    running = desk.keeper.start(desk.nas)
    for _ in range(5):
        assert desk.looked.acquire(timeout=30)
    assert desk.keeper.is_running
    progress = desk.keeper.progress
    assert desk.thread.submit(lambda: desk.opened.counts().rows).result() > 0
    with pytest.raises(BackupRefused):
        desk.keeper.start()
    assert desk.keeper.progress == progress
    desk.busy.clear()
    assert running.result().number == 1


def test_stopping_and_locking_while_it_rests(desk: Desk) -> None:
    desk.busy.set()
    running = desk.keeper.start(desk.nas)
    assert desk.looked.acquire(timeout=30)
    desk.keeper.cancel()
    with pytest.raises(Cancelled):
        running.result()
    running = desk.keeper.start(desk.nas)
    desk.keeper.close()
    assert running.done()
    with pytest.raises(VaultClosed):
        desk.keeper.start()
    assert desk.thread.submit(desk.keeper.state).result().failed is None, "who stops it knows"


def test_limits_of_the_policy() -> None:
    for wrong in (
        {"time": "24:00"},
        {"time": "9:00"},
        {"hours": -1},
        {"keep_days": 36},
        {"place": "x\0y"},
        {"drill_days": 0},
    ):
        with pytest.raises(ValueError, match="backup"):
            msgspec.structs.replace(NAMED, **wrong)
    assert DAY_MS == 24 * HOUR_MS
