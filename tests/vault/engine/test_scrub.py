# SPDX-License-Identifier: GPL-3.0-or-later
"""The rolling check, a little at a time; and damage that stays in the way until a manager has decided."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, DiskFull, RoleRefused
from clinicam.identity import ImageId, new_id
from clinicam.vault.acts import What
from clinicam.vault.checknote import load_note
from clinicam.vault.damage import Damages
from clinicam.vault.openvault import OpenVault
from clinicam.vault.scrub import LONGEST_REST_S, SHORTEST_REST_S, WEEK_MS, Scrub
from tests.vault.engine.bench import FaultyCalls, Practice, check
from tests.vault.engine.test_chains import a_row
from tests.vault.engine.test_damaged import rows_file


def path_of(practice: Practice, image: bytes) -> Path:
    name = image.hex()
    return practice.place / "objects" / name[:2] / name


def flip(path: Path, at: int = -1) -> None:
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def steps(practice: Practice, scrub: Scrub) -> int:
    """Single steps to the end of a cycle: the clock moves on while each one works."""
    real, taken = practice.host.monotonic, 0

    def slow() -> float:
        practice.clock.seconds += 0.06
        return real()

    practice.host.monotonic = slow
    try:
        while scrub.step():
            taken += 1
    finally:
        practice.host.monotonic = real
    return taken


def is_open(opened: OpenVault) -> bool:
    return opened.damages.is_open


def pictures(practice: Practice, opened: OpenVault, count: int) -> list[ImageId]:
    return [opened.add(practice.frame(b"picture %d" % n)).images[0] for n in range(count)]


def test_a_cycle_checks_everything_a_little_at_a_time(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    pictures(practice, opened, 7)
    assert steps(practice, opened.scrub) >= 7
    progress = opened.scrub.progress()
    assert (progress.done, progress.of, progress.found, progress.percent) == (7, 7, 0, 100)
    assert progress.finished_of == 7
    assert progress.finished_ms >= progress.began_ms > 0
    assert not opened.scrub.step()
    practice.clock.wall += WEEK_MS - 1
    assert not opened.scrub.step()
    practice.clock.wall += 1
    assert steps(practice, opened.scrub) >= 7
    assert opened.scrub.progress().began_ms > progress.began_ms
    vault.close()


def test_it_goes_on_where_it_was_when_the_vault_was_locked(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    images = pictures(practice, opened, 6)
    real = practice.host.monotonic
    ticks = iter(range(10**6))
    practice.host.monotonic = lambda: float(next(ticks))
    while opened.scrub.progress().done < 3:
        assert opened.scrub.step()
    practice.host.monotonic = real
    done = sorted(images)[:3]
    vault.close()
    vault, opened = practice.unlocked()
    assert opened.scrub.progress().done == 3
    assert opened.scrub.progress().percent == 50
    for image in done:
        flip(path_of(practice, image))  # already looked at: not looked at again in this cycle
    assert steps(practice, opened.scrub)
    assert opened.scrub.progress().done == 6
    assert opened.scrub.progress().finished_found == 0
    vault.close()


def test_rows_that_came_since_are_checked_in_the_next_cycle(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    pictures(practice, opened, 1)
    steps(practice, opened.scrub)
    vault.close()
    vault, opened = practice.unlocked()
    flip(rows_file(practice), -70)
    practice.clock.wall += WEEK_MS
    steps(practice, opened.scrub)
    assert opened.scrub.progress().finished_found == 1
    assert "chain" in opened.damages.open()[0].finding
    vault.close()


def test_long_chains_and_batches_longer_than_a_portion(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinicam.vault.scrub.PORTION", 1024)
    vault, opened = practice.unlocked()
    opened._files.ledger._limit = 20_000  # type: ignore[attr-defined]
    for n in range(4):
        opened.append([a_row(n)] * 12)
    opened.append([a_row(9)])
    assert len(opened._files.ledger.segments(opened.writer)) > 1
    assert steps(practice, opened.scrub) >= 4
    assert opened.scrub.progress().found == 0
    vault.close()


def test_a_chain_that_shrank_is_damage(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([a_row(1)])
    path = rows_file(practice)
    data = path.read_bytes()
    path.write_bytes(data[:8])
    steps(practice, opened.scrub)
    assert "chain" in opened.damages.open()[0].finding
    path.write_bytes(data)
    vault.close()


def test_damaged_and_missing_pictures_are_found_once(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    images = pictures(practice, opened, 3)
    flip(path_of(practice, images[0]))
    path_of(practice, images[1]).unlink()
    stray = practice.place / "objects" / "00" / ("00" * 16)
    stray.write_bytes(b"no object")
    steps(practice, opened.scrub)
    assert opened.scrub.progress().finished_found == 3
    assert {damage.source for damage in opened.damages.open()} == {"scrub"}
    practice.clock.wall += WEEK_MS
    steps(practice, opened.scrub)
    assert len(opened.damages.open()) == 3
    vault.close()


def test_a_picture_erased_meanwhile_is_no_damage(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = pictures(practice, opened, 1)[0]
    assert opened.scrub._is_due()
    opened.scrub._note = type(opened.scrub._note)(began_ms=2, rows_done=True, of=1)
    opened.scrub._waiting = [new_id()]
    assert opened.scrub._object()
    assert not opened.damages.is_open
    assert opened.read(image)
    vault.close()


def test_how_far_it_is_is_written_each_minute(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    pictures(practice, opened, 2)
    practice.clock.seconds += 61
    opened.scrub._note = type(opened.scrub._note)(began_ms=practice.clock.wall, rows_done=True, of=2)
    real, ticks = practice.host.monotonic, iter(range(100, 10**6))
    practice.host.monotonic = lambda: float(next(ticks))
    assert opened.scrub.step()
    practice.host.monotonic = real
    assert load_note(practice.host, opened._book).scrub.done == 1
    vault.close()


def test_how_long_it_rests(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    pictures(practice, opened, 1)
    scrub = opened.scrub
    assert scrub.rest_s() == SHORTEST_REST_S
    assert scrub._is_due()
    assert scrub.rest_s() == LONGEST_REST_S
    scrub._note = type(scrub._note)(began_ms=practice.clock.wall, of=10_000)
    assert SHORTEST_REST_S < scrub.rest_s() < LONGEST_REST_S
    vault.close()


def test_a_reader_that_meets_damage_stops_new_pictures(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = pictures(practice, opened, 1)[0]
    flip(path_of(practice, image))
    assert not is_open(opened)
    for _ in range(2):
        with pytest.raises(Corrupt):
            opened.read(image)
    assert is_open(opened)
    assert opened.damages.open() == ()
    opened.tend()
    assert [damage.source for damage in opened.damages.open()] == ["read"]
    with pytest.raises(Corrupt):
        opened.read(image)
    vault.close()
    vault, opened = practice.unlocked()
    assert is_open(opened)
    assert opened.counts().acts[What.DAMAGE_FOUND.value] == 1
    opened.damages.decide("Picture is on paper too; go on.")
    assert not is_open(opened)
    assert not check(opened).ok
    assert not is_open(opened), "what was decided about is not in the way again"
    vault.close()
    vault, opened = practice.unlocked()
    assert not opened.damages.is_open
    vault.close()


def test_a_check_records_what_it_finds_and_only_damage(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = pictures(practice, opened, 1)[0]
    opened.verify(deep=True, progress=lambda *_: None, cancelled=lambda: True)
    assert not opened.damages.is_open
    path_of(practice, image).unlink()
    check(opened)
    assert [damage.finding for damage in opened.damages.open()] == [f"object {image.hex()}: missing"]
    vault.close()


def test_only_a_manager_decides(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    opened.damages.met("object x")
    monkeypatch.setattr("clinicam.vault.keys.KeyBook.is_manager", False)
    with pytest.raises(RoleRefused):
        opened.damages.decide("no")
    assert opened.damages.is_open
    vault.close()


def test_damage_that_cannot_be_written_is_in_the_way_all_the_same(faulty: Practice) -> None:
    practice, calls = faulty, faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = practice.unlocked()
    calls.fail("write_at", 0, errno.ENOSPC, stays=True)
    opened.damages.note(["object y"], "verify")
    assert opened.damages.is_open
    with pytest.raises(DiskFull):
        opened.damages.write_met()
    calls.mend()
    opened.damages.write_met()
    assert Damages(opened.inside).is_open
    assert opened.damages.record(["object y"], "scrub") == ()
    vault.close()
