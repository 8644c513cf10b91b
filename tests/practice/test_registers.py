# SPDX-License-Identifier: GPL-3.0-or-later
"""Patients, the day's list, staff, policy and tasks, on the fake store and on a real vault."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pytest

from clinicam.consent.packing import pack
from clinicam.consent.policy import ConsentPolicy
from clinicam.errors import BadPatientData, Corrupt, FormInvalid, NotFound
from clinicam.identity import NOBODY, PatientId, Role, StaffId, new_id
from clinicam.practice.health import look
from clinicam.practice.policy import load_policy
from clinicam.practice.staff import StaffRegister, make_staff
from clinicam.practice.store import What, entry
from clinicam.practice.tasks import TaskKind
from tests.consent.build import DENTIST, NOW, ORLA, PER, RESOURCES, TODAY
from tests.practice.conftest import Practice
from tests.practice.fake_vault import FakeVault


def test_patients_are_found_and_corrected(practice: Practice) -> None:
    register = practice.patients
    assert register.get(PER.patient) == PER
    assert [hit.patient for hit in register.search("lind")] == [PER]
    assert [hit.patient for hit in register.search("brennan orla")] == [ORLA]
    assert [hit.patient for hit in register.search("07/07/1979")] == [PER]
    assert register.search("nobody") == ()
    changed = msgspec.structs.replace(PER, title="Dr")
    register.change(changed)
    assert register.get(PER.patient) == changed
    with pytest.raises(NotFound):
        register.get(PatientId(new_id()))
    with pytest.raises(NotFound):
        register.change(msgspec.structs.replace(PER, patient=PatientId(new_id())))


def test_the_days_list(practice: Practice) -> None:
    register = practice.patients
    register.mark_today(PER.patient, TODAY, "14:15", "chipped front tooth, 3 views", DENTIST.staff, "dental-quick")
    register.mark_today(ORLA.patient, TODAY, "11:30", "ortho records")
    register.mark_today(ORLA.patient, TODAY, "", "asked at the desk")
    register.mark_today(PER.patient, date(2026, 11, 22), "09:00", "tomorrow")
    lines = register.today(TODAY)
    assert [(one.at, one.patient) for one in lines] == [("11:30", ORLA), ("14:15", PER), ("", ORLA)]
    assert (lines[1].asked_by, lines[1].series) == (DENTIST.staff, "dental-quick")
    register.unmark_today(lines[0])
    assert [one.at for one in register.today(TODAY)] == ["14:15", ""]
    assert len(register.today(date(2026, 11, 22))) == 1


@pytest.mark.parametrize("at", ["24:00", "9:00", "10:60", "soon", "10:45\n"])
def test_a_time_is_like_a_clock(rehearsal: Practice, at: str) -> None:
    with pytest.raises(BadPatientData):
        rehearsal.patients.mark_today(PER.patient, TODAY, at, "x")


def test_a_line_of_nobody_is_no_line(rehearsal: Practice) -> None:
    rehearsal.patients.mark_today(PER.patient, TODAY, "10:00", "x")
    (kept,) = rehearsal.vault.entries("today")
    rehearsal.vault.append([entry(What.TASK_RECORDED, "today", kept.subject, kept.body)])
    assert len(rehearsal.patients.today(TODAY)) == 1


def test_the_day_needs_a_patient_and_plain_words(rehearsal: Practice) -> None:
    with pytest.raises(NotFound):
        rehearsal.patients.mark_today(PatientId(new_id()), TODAY, "10:00", "x")
    with pytest.raises(BadPatientData):
        rehearsal.patients.mark_today(PER.patient, TODAY, "10:00", "x\u202e")


def test_staff(practice: Practice) -> None:
    register = practice.staff
    assert register.me == practice.me
    assert register.me.roles == {Role.MANAGER, Role.CLINICIAN}
    assert [one.name for one in register.all()] == ["Dr Demir", "J. Pryce"]
    assert register.get(DENTIST.staff) == DENTIST
    assert register.get(StaffId(new_id())) is None
    assert [one.name for one in register.clinicians()] == ["Dr Demir", "J. Pryce"]
    register.put(msgspec.structs.replace(DENTIST, active=False))
    assert [one.name for one in register.clinicians()] == ["J. Pryce"]
    assert len(register.all()) == 2


def test_who_is_not_on_the_register_is_nobody() -> None:
    with pytest.raises(NotFound):
        _ = StaffRegister(FakeVault()).me


@pytest.mark.parametrize(
    "wrong", [{"name": " "}, {"roles": frozenset()}, {"name": "x" * 121}, {"post": "a\x07"}, {"registration": "1" * 41}]
)
def test_staff_are_checked(wrong: dict[str, Any]) -> None:
    given = {"name": "A", "post": "B", "roles": frozenset({Role.NURSE})} | wrong
    with pytest.raises(BadPatientData):
        make_staff(StaffId(new_id()), **given)


def test_policy_starts_with_the_defaults_and_counts_its_changes(practice: Practice) -> None:
    first = practice.policy.current()
    assert first == practice.defaults
    assert (first.idle_session_s, first.idle_reception_s, first.version) == (180, 60, 0)
    strict = msgspec.structs.replace(first, practice_name="Harbour Dental", consent=ConsentPolicy(False, False, ()))
    assert practice.policy.put(strict).version == 1
    assert practice.policy.put(strict).version == 2
    assert practice.policy.current() == msgspec.structs.replace(strict, version=2)


def test_a_damaged_policy_is_not_the_defaults(rehearsal: Practice) -> None:
    rehearsal.vault.append([entry(What.POLICY_CHANGED, "policy", NOBODY, b"\x80")])
    with pytest.raises(Corrupt):
        rehearsal.policy.current()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("idle_session_s = 180", "idle_session_s = 6000"),
        ("idle_reception_s = 60", "idle_reception_s = 1"),
        ("permit_minutes = 60", "permit_minutes = 10000"),
        ("pictures_per_session = 60", "pictures_per_session = 0"),
        ("vault_reserve_bytes = 2147483648", "vault_reserve_bytes = 0"),
        ("frame_bytes = 33554432", "frame_bytes = 7"),
        ("version = 0", "version = -1"),
        ('\ntime = "13:00"', '\ntime = "24:00"'),
        ("keep_days = 35", "keep_days = 36"),
        ('["P5", "P8", "P10", "P11"]', '["P1"]'),
        ("has_today_list = true", "has_today_list = true\nallow_all = true"),
    ],
)
def test_a_careless_policy_does_not_load(tmp_path: Any, old: str, new: str) -> None:
    text = (RESOURCES / "policy.toml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "policy.toml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(FormInvalid):
        load_policy(tmp_path / "policy.toml")


def test_tasks_wait_and_are_done_once(practice: Practice) -> None:
    register = practice.tasks
    later = register.open(TaskKind.DIAGNOSIS_TO_ADD, PER.patient, now_ms=NOW + 5, wanted_from=DENTIST.staff)
    first = register.open(TaskKind.PAPER_TO_SCAN, ORLA.patient, now_ms=NOW, note="in the tray")
    assert [one.task for one in register.pending()] == [first.task, later.task]
    assert register.pending(PER.patient) == (later,)
    done = register.done(first.task, now_ms=NOW + 9)
    assert not done.is_open
    assert register.done(first.task, now_ms=NOW + 99).record.done_ms == NOW + 9
    assert register.pending() == (later,)
    with pytest.raises(NotFound):
        register.done(new_id(), now_ms=NOW)


def test_a_task_of_nobody_is_no_task(rehearsal: Practice) -> None:
    task = rehearsal.tasks.open(TaskKind.PAPER_TO_SCAN, PER.patient, now_ms=NOW)
    rehearsal.vault.append([entry(What.TASK_RECORDED, "task", new_id(), pack(task.record))])
    assert rehearsal.tasks.pending() == (task,)


def test_health(practice: Practice) -> None:
    found = look(practice.vault, practice.policy.current(), practice.tasks)
    assert (found.pictures, found.unfiled, found.tasks) == (0, 0, 0)
    assert found.free_bytes > 0
    assert found.reserve_bytes == 2 * 2**30


def test_room_is_more_than_the_reserve(rehearsal: Practice) -> None:
    assert isinstance(rehearsal.vault, FakeVault)
    policy = rehearsal.policy.current()
    rehearsal.vault.free = policy.vault_reserve_bytes + 1
    assert look(rehearsal.vault, policy, rehearsal.tasks).has_room
    rehearsal.vault.free -= 1
    assert not look(rehearsal.vault, policy, rehearsal.tasks).has_room
