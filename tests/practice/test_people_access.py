# SPDX-License-Identifier: GPL-3.0-or-later
"""What is policy: whose earlier visits a nurse sees, a locum for one day, and a second person from outside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import msgspec
import pytest

from clinicam.consent.clock import day_of
from clinicam.errors import BadPatientData, DiskFull, NotFound, RoleRefused
from clinicam.identity import ConsentId, Patient, Role, Staff, StaffId, new_id
from clinicam.practice.access import Access, Earlier, Reason, SecondPersons
from clinicam.practice.consents import CONSENT
from clinicam.practice.locums import WORDS_ON_A_SLIP, LocumRegister
from clinicam.practice.patients import PatientRegister
from clinicam.practice.sessions import SESSION
from clinicam.practice.staff import make_staff
from clinicam.practice.store import NewRow, What
from clinicam.vault.people import Rank
from tests.practice.fake_vault import FakeVault
from tests.practice.test_people import AUDITOR, CLINICIAN, MANAGER, NURSE, House, house, place
from tests.vault.engine.bench import Practice, someone
from tests.vault.engine.people_bench import OTHER, OWN

DAY_MS = 86_400_000
__all__ = ["place"]


class Watch:
    """A clock that moves only when told to."""

    def __init__(self) -> None:
        self.now_ms = day_of(1_795_000_000_000).start_ms + 10 * 3_600_000

    def __call__(self) -> int:
        return self.now_ms


class Ward:
    """One nurse (or whoever) and one patient on the fake store."""

    def __init__(self, *roles: Role) -> None:
        self.watch = Watch()
        self.vault = FakeVault(wall_ms=self.watch)
        self.me = Staff(self.vault.user, "Jo", "Nurse", frozenset(roles))
        self.patients = PatientRegister(self.vault)
        self.marsh: Patient = self.patients.add(someone())
        self.other: Patient = self.patients.add(someone(family="Ito"))
        self.access = Access(self.vault, self.me, self.patients, wall_ms=self.watch)

    @property
    def today(self) -> date:
        return day_of(self.watch()).date

    def seen(self) -> tuple[Earlier, Earlier]:
        return self.access.earlier(self.marsh.patient), self.access.earlier(self.other.patient)


@pytest.mark.parametrize("roles", [{Role.CLINICIAN}, {Role.MANAGER}, {Role.NURSE, Role.CLINICIAN}])
def test_clinicians_and_managers_see_every_chart(roles: set[Role]) -> None:
    assert Ward(*roles).seen() == (Earlier.FREE, Earlier.FREE)


def listed(ward: Ward) -> None:
    ward.patients.mark_today(ward.marsh.patient, ward.today, "10:45", "")


def asked(ward: Ward) -> None:
    row = NewRow(What.CONSENT_RECORDED, ward.marsh.patient, None, CONSENT, ConsentId(new_id()), b"\xc0")
    ward.vault.append([row])


def photographed(ward: Ward) -> None:
    row = NewRow(What.SESSION_OPENED, ward.marsh.patient, None, SESSION, new_id(), b"\xc0")
    ward.vault.append([row])


def opened_for_a_reason(ward: Ward) -> None:
    ward.access.open_for(ward.marsh.patient, Reason.URGENT)
    assert ward.vault.acts[-1] == (What.CHART_OPENED, "urgent")


@pytest.mark.parametrize("how", [listed, asked, photographed, opened_for_a_reason])
def test_a_nurse_sees_earlier_visits_of_todays_patients_only_and_only_today(how: Callable[[Ward], None]) -> None:
    ward = Ward(Role.NURSE)
    assert ward.seen() == (Earlier.CLOSED, Earlier.CLOSED)
    how(ward)
    assert ward.seen() == (Earlier.TODAY, Earlier.CLOSED)
    ward.watch.now_ms += DAY_MS
    assert ward.seen() == (Earlier.CLOSED, Earlier.CLOSED)


def test_what_is_not_recorded_is_not_opened() -> None:
    ward = Ward(Role.NURSE)
    ward.vault.full = True
    with pytest.raises(DiskFull):
        ward.access.open_for(ward.marsh.patient, Reason.HERE)
    assert ward.seen()[0] is Earlier.CLOSED


def locums(one: House) -> LocumRegister:
    return LocumRegister(one.opened, one.people, one.staff)


def test_a_locum_is_let_in_by_a_clinician_for_one_day(place: Practice) -> None:
    watch = Watch()
    with house(place) as one:
        dentist = one.add("Dr Lee", CLINICIAN)
        slip = locums(one).prepare("Locum")
        second = locums(one).prepare("Locum")
        assert (slip.number, second.number, len(slip.words)) == (1, 2, WORDS_ON_A_SLIP)
        assert "words" not in repr(slip)
        assert dentist in one.staff.clinicians()
        assert slip.staff not in {staff.staff for staff in one.staff.clinicians()}
        locums(one).check_unlock(watch())
    words = " ".join(slip.words)
    with house(place, slip.staff, words) as one, pytest.raises(RoleRefused) as refused:
        locums(one).check_unlock(watch())
    assert refused.value.needed == "admission"
    with house(place, dentist.staff, OWN) as one:
        register = locums(one)
        with pytest.raises(RoleRefused):
            register.prepare("Locum")
        with pytest.raises(BadPatientData):
            register.admit(slip.staff, name="", post="", registration="", now_ms=watch())
        with pytest.raises(NotFound):
            register.admit(dentist.staff, name="Dr Day", post="", registration="", now_ms=watch())
        assert [place.is_waiting for place in register.places()] == [True, True]
        day = register.admit(slip.staff, name="Dr Day", post="Locum", registration="GDC 7", now_ms=watch())
        assert one.staff.get(slip.staff) == day
        first, other = register.places()
        assert (first.is_waiting, first.is_open(watch()), first.is_over(watch())) == (False, True, False)
        assert (other.is_waiting, other.is_open(watch()), other.is_over(watch())) == (True, False, False)
        assert first.record.admitted_by == dentist.staff
        with pytest.raises(NotFound):
            register.admit(slip.staff, name="Dr Two", post="", registration="", now_ms=watch())
        assert one.opened.counts().acts["locum.admitted"] == 1
    with house(place, slip.staff, words) as one:
        locums(one).check_unlock(watch())
        assert one.staff.me.name == "Dr Day"
        with pytest.raises(RoleRefused):
            locums(one).admit(second.staff, name="Dr Friend", post="", registration="", now_ms=watch())
        watch.now_ms += DAY_MS
        with pytest.raises(RoleRefused):
            locums(one).check_unlock(watch())
    with house(place) as one:
        assert locums(one).places()[0].is_over(watch())
        one.office.disable(slip.staff, tasks_to=None)
        assert [place.staff for place in locums(one).places()] == [second.staff]
        assert locums(one).prepare("Locum").number == 3
        gone = one.staff.get(slip.staff)
        assert gone is not None
        assert (gone.name, gone.active) == ("Dr Day", False)


def test_a_nurse_lets_no_locum_in(place: Practice) -> None:
    with house(place) as one:
        jo = one.add()
        slip = locums(one).prepare("Locum")
    with house(place, jo.staff, OWN) as one, pytest.raises(RoleRefused) as refused:
        locums(one).admit(slip.staff, name="Dr Day", post="Locum", registration="", now_ms=Watch()())
    assert refused.value.needed == "clinician"


def test_a_kit_may_let_a_locum_in(place: Practice) -> None:
    with house(place) as one:
        slip = locums(one).prepare("Locum")
        one.staff.put(msgspec.structs.replace(one.staff.me, roles=MANAGER))
        locums(one).admit(slip.staff, name="Dr Day", post="", registration="", now_ms=Watch()())
    vault = place.open()
    assert "Dr Day" in {login.shown for login in vault.logins()}
    vault.close()


def test_a_locum_is_nobodys_second_person(place: Practice) -> None:
    watch = Watch()
    with house(place) as one:
        register = locums(one)
        slip = register.prepare("Locum")
        day = register.admit(slip.staff, name="Dr Day", post="", registration="GDC 1", now_ms=watch())
        assert (day.active, day.roles) == (True, CLINICIAN)
        assert not SecondPersons(one.opened).may_sign(day)
        assert SecondPersons(one.opened).may_sign(one.add("Dr Bo", CLINICIAN, OTHER))


def test_a_single_handed_practice_names_somebody_outside(place: Practice) -> None:
    with house(place) as one:
        outside = one.add("Dr Out", AUDITOR, OTHER)
        assert one.people.holders()[-1].rank is Rank.AUDITOR
        seconds = SecondPersons(one.opened)
        assert not seconds.may_sign(outside)
        with pytest.raises(RoleRefused):
            seconds.name(one.staff.me, "here")
        seconds.name(outside, "Elm Street Dental")
        assert seconds.all() == {outside.staff: "Elm Street Dental"}
        assert seconds.may_sign(outside)
        assert seconds.may_sign(one.staff.me)
        nurse = make_staff(StaffId(new_id()), name="Jo", post="", roles=NURSE)
        assert not seconds.may_sign(nurse)
        assert not seconds.may_sign(msgspec.structs.replace(outside, active=False))
        seconds.drop(outside.staff)
        seconds.drop(outside.staff)
        assert not seconds.all()
