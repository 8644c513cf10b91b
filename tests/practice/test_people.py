# SPDX-License-Identifier: GPL-3.0-or-later
"""The people of a practice on a real vault: let in, changed, reset, leaving; and what a crash between two steps leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import (
    BadPatientData,
    LastManager,
    NotFound,
    PasswordRefused,
    RoleRefused,
    WriteFailed,
)
from clinicam.identity import Role, Staff, StaffId, new_id
from clinicam.practice.people import SignIn, StaffOffice, needs_new_keys, rank_of, roles_of, whoever
from clinicam.practice.staff import StaffRegister, make_staff
from clinicam.practice.tasks import TaskKind, TaskRegister
from clinicam.vault.openvault import OpenVault
from clinicam.vault.people import People, Rank
from tests.practice.stores import Admits
from tests.vault.engine.bench import CHEAP, PASSWORD, Practice, make_practice, patient_row, someone
from tests.vault.engine.people_bench import OTHER, OWN, without_stretching

NURSE, CLINICIAN = frozenset({Role.NURSE}), frozenset({Role.CLINICIAN})
MANAGER, AUDITOR = frozenset({Role.MANAGER}), frozenset({Role.AUDITOR})
NOW = 1_790_000_000_000


@dataclass
class House:
    """A practice with its founder signed in, or somebody else."""

    opened: OpenVault
    people: People
    staff: StaffRegister
    tasks: TaskRegister
    office: StaffOffice

    def add(self, name: str = "Jo Pryce", roles: frozenset[Role] = NURSE, password: str = OWN) -> Staff:
        return self.office.add(name=name, post="Nurse", roles=roles, registration="NMC 1", password=password)

    def person(self, name: str) -> SignIn:
        return next(one.sign_in for one in self.office.people() if one.staff.name == name)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Practice:
    without_stretching(monkeypatch)
    return make_practice(tmp_path / "practice")


@contextmanager
def house(place: Practice, user: StaffId | None = None, password: str = PASSWORD) -> Iterator[House]:
    vault = place.open()
    try:
        opened = vault.unlock(user or place.created.user, password, Admits())
        people = People(opened.inside, cost=lambda: CHEAP)
        staff, tasks = StaffRegister(opened, people.knows), TaskRegister(opened)
        if user is None and not staff.all():
            staff.add_first("Ann Demir", "Dentist")
        office = StaffOffice(opened, people, staff, tasks, known=lambda: ("Hyde Park Dental",))
        yield House(opened, people, staff, tasks, office)
    finally:
        vault.close()


@pytest.mark.parametrize("role", list(Role))
def test_roles_and_keys(role: Role) -> None:
    assert rank_of({role}) is Rank[role.name]
    assert roles_of(rank_of({role})) == {role}
    assert rank_of({role, Role.MANAGER}) is Rank.MANAGER


@given(st.sets(st.sampled_from(Role), min_size=1), st.sets(st.sampled_from(Role), min_size=1))
def test_only_nurse_and_clinician_share_keys(old: set[Role], new: set[Role]) -> None:
    def keys(roles: set[Role]) -> str:
        if Role.MANAGER in roles:
            return "publishes"
        return "bags" if roles & {Role.NURSE, Role.CLINICIAN} else "acts"

    assert needs_new_keys(old, new) == (keys(old) != keys(new))


def test_somebody_let_in_is_on_the_register_and_the_lock_screen(place: Practice) -> None:
    with house(place) as one:
        jo = one.add()
        assert one.staff.get(jo.staff) == jo
        assert one.person("Jo Pryce") is SignIn.YES
        assert [person.is_me for person in one.office.people()] == [True, False]
    vault = place.open()
    assert {login.shown for login in vault.logins()} == {"Ann", "Jo Pryce · Nurse"}
    vault.close()
    with house(place, jo.staff, OWN) as one:
        assert one.staff.me == jo


def test_a_password_made_of_what_everybody_knows_is_refused_and_leaves_nothing(place: Practice) -> None:
    with house(place) as one:
        rows = one.opened.counts().rows
        for password in ("short", "jo pryce hyde park", "Nurse Jo Pryce!"):
            with pytest.raises(PasswordRefused):
                one.add(password=password)
        with pytest.raises(BadPatientData):
            one.office.add(name=" ", post="", roles=NURSE, registration="", password=OWN)
        with pytest.raises(BadPatientData):
            one.office.add(name="Jo", post="", roles=frozenset(), registration="", password=OWN)
        assert one.opened.counts().rows == rows


def test_nurses_and_clinicians_cannot_change_who_works_here(place: Practice) -> None:
    with house(place) as one:
        jo = one.add(roles=CLINICIAN)
        founder = one.staff.me
        assert one.office.is_manager
    with house(place, jo.staff, OWN) as one:
        assert not one.office.is_manager
        rows = one.opened.counts().rows
        for act in (
            lambda: one.add("Mo", password=OTHER),
            lambda: one.office.reset(founder.staff, OTHER),
            lambda: one.office.disable(founder.staff, tasks_to=None),
            lambda: one.office.check_removable(founder.staff),
            lambda: one.office.change(jo.staff, name="Jo", post="", roles=MANAGER, registration="", password=OTHER),
        ):
            with pytest.raises(RoleRefused):
                act()
        assert one.opened.counts().rows == rows


def test_between_nurse_and_clinician_the_record_changes_and_the_keys_stay(place: Practice) -> None:
    with house(place) as one:
        jo = one.add()
        generation = one.opened.inside.book.keyring.generation
        changed = one.office.change(jo.staff, name="Jo Pryce-Lee", post="Therapist", roles=CLINICIAN, registration="")
        assert changed.staff == jo.staff
        assert one.opened.inside.book.keyring.generation == generation
        assert one.staff.clinicians()[1:] == (changed,)
    with house(place, jo.staff, OWN) as one:
        assert one.staff.me.name == "Jo Pryce-Lee"


@pytest.mark.parametrize("roles", [MANAGER, AUDITOR])
def test_other_changes_of_role_need_new_keys_and_old_rows_keep_the_name(
    place: Practice, roles: frozenset[Role]
) -> None:
    with house(place) as one:
        jo = one.add()
        with pytest.raises(PasswordRefused):
            one.office.change(jo.staff, name="Jo Pryce", post="Nurse", roles=roles, registration="NMC 1")
        assert one.staff.get(jo.staff) == jo
        changed = one.office.change(
            jo.staff, name="Jo Pryce", post="Nurse", roles=roles, registration="NMC 1", password=OTHER
        )
        assert changed.staff != jo.staff
        assert not one.people.is_active(jo.staff)
        assert one.staff.get(jo.staff) == changed
        assert one.staff.by_id()[jo.staff].roles == roles
        assert [person.staff.name for person in one.office.people()] == ["Ann Demir", "Jo Pryce"]
        again = one.office.reset(changed.staff, OWN)
        assert one.staff.formerly(again.staff) == (changed.staff, jo.staff)
        assert one.staff.formerly(StaffId(new_id())) == ()


def test_whoever_leaves_hands_their_tasks_on(place: Practice) -> None:
    marsh = someone()
    with house(place) as one:
        one.opened.append([patient_row(marsh)])
        ann = one.staff.me
        jo = one.add()
        first = one.tasks.open(TaskKind.DIAGNOSIS_TO_ADD, marsh.patient, now_ms=NOW, wanted_from=jo.staff)
        reset = one.office.reset(jo.staff, OTHER)
        second = one.tasks.open(TaskKind.PAPER_TO_SCAN, marsh.patient, now_ms=NOW + 1, wanted_from=reset.staff)
        mine = one.tasks.open(TaskKind.PAPER_TO_SCAN, marsh.patient, now_ms=NOW + 2, wanted_from=ann.staff)
        assert [person.open_tasks for person in one.office.people()] == [1, 2]
        one.office.check_removable(reset.staff)
        for nobody in (reset.staff, StaffId(new_id())):
            with pytest.raises(NotFound):
                one.office.disable(reset.staff, tasks_to=nobody)
        assert one.office.disable(reset.staff, tasks_to=ann.staff) == 2
        assert {task.task: task.record.wanted_from for task in one.tasks.pending()} == dict.fromkeys(
            (first.task, second.task, mine.task), ann.staff
        )
        assert one.person("Jo Pryce") is SignIn.NO
        gone = one.staff.get(jo.staff)
        assert gone is not None
        assert not gone.active
        # Asked once more it finds nothing left to do.
        assert one.office.disable(reset.staff, tasks_to=None) == 0
        one.office.check_removable(reset.staff)
        # And back again, later: new keys, the same person.
        back = one.office.reset(reset.staff, OWN)
        assert back.active
        assert one.staff.formerly(back.staff) == (reset.staff, jo.staff)
        assert one.person("Jo Pryce") is SignIn.YES


def test_nobody_leaves_who_is_signed_in_or_the_last_manager(place: Practice) -> None:
    with house(place) as one:
        with pytest.raises(RoleRefused) as refused:
            one.office.disable(one.staff.me.staff, tasks_to=None)
        assert refused.value.needed == "another-manager"
        with pytest.raises(NotFound):
            one.office.disable(StaffId(new_id()), tasks_to=None)
    vault, opened = place.unlocked()
    try:
        people = People(opened.inside, cost=lambda: CHEAP)
        staff = StaffRegister(opened, people.knows)
        office = StaffOffice(opened, people, staff, TaskRegister(opened), known=tuple)
        me = whoever(staff, people.holders(), opened.user, kit_name="Recovery kit")
        assert (me.name, me.roles) == ("Recovery kit", MANAGER)
        for act in (
            lambda: office.disable(place.created.user, tasks_to=None),
            lambda: office.change(
                place.created.user, name="Ann", post="", roles=NURSE, registration="", password=OTHER
            ),
        ):
            with pytest.raises(LastManager):
                act()
        fresh = office.reset(place.created.user, OTHER)
        assert fresh.roles == {Role.MANAGER, Role.CLINICIAN}
    finally:
        vault.close()
    with house(place, fresh.staff, OTHER) as one:
        assert one.staff.me.name == "Ann Demir"


def test_the_own_password(place: Practice) -> None:
    with house(place) as one:
        with pytest.raises(PasswordRefused):
            one.office.change_my_password(PASSWORD, "ann demir dentist")
        one.office.change_my_password(PASSWORD, OWN)
    with house(place, place.created.user, OWN) as one:
        one.office.name_logins()
        assert one.person("Ann Demir") is SignIn.YES


def test_a_visiting_clinician_has_a_record_and_no_keys_until_given_some(place: Practice) -> None:
    with house(place) as one:
        guest = one.staff.put(make_staff(StaffId(new_id()), name="Dr Guest", post="", roles=CLINICIAN))
        assert one.person("Dr Guest") is SignIn.NO
        changed = one.office.change(guest.staff, name="Dr Guest", post="Visitor", roles=MANAGER, registration="")
        assert changed.staff == guest.staff
        keyed = one.office.reset(guest.staff, OWN, roles=CLINICIAN)
        assert one.person("Dr Guest") is SignIn.YES
        assert keyed.roles == CLINICIAN
        (place.place / "slots" / keyed.staff.hex()).unlink()
        assert one.person("Dr Guest") is SignIn.BROKEN


def test_a_record_whose_keys_never_came_does_not_count(place: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with house(place) as one:
        jo = one.add()

        def full(*_: object, **__: object) -> None:
            raise WriteFailed("keyring")

        monkeypatch.setattr(one.opened.inside, "publish", full)
        with pytest.raises(WriteFailed):
            one.add("Mo Lane", password=OTHER)
        with pytest.raises(WriteFailed):
            one.office.reset(jo.staff, OTHER)
        monkeypatch.undo()
        without_stretching(monkeypatch)
        assert [person.staff.name for person in one.office.people()] == ["Ann Demir", "Jo Pryce"]
        assert one.staff.get(jo.staff) == jo
    with house(place, jo.staff, OWN) as one:
        assert one.staff.me == jo


def test_somebody_without_a_record_may_do_what_their_keys_say(place: Practice) -> None:
    with house(place) as one:
        user = one.people.add(Rank.NURSE, OWN, shown="Jo")
        me = whoever(one.staff, one.people.holders(), user, kit_name="Recovery kit")
        assert (me.name, me.roles) == (user.hex()[:8], NURSE)
        ann = whoever(one.staff, one.people.holders(), place.created.user, kit_name="Recovery kit")
        assert ann.name == "Ann Demir"
