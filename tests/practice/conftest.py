# SPDX-License-Identifier: GPL-3.0-or-later
"""A practice with staff, two patients and every register, on the fake store and on a real vault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from clinicam.identity import Role, Staff, StaffId
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.patients import PatientRegister
from clinicam.practice.policy import Policy, PolicyRegister, load_policy
from clinicam.practice.sessions import SessionRegister
from clinicam.practice.staff import StaffRegister
from clinicam.practice.store import Store
from clinicam.practice.tasks import TaskRegister
from tests.consent.build import DENTIST, ENGLAND, NOW, ORLA, PER, RESOURCES
from tests.practice.stores import Admits, opened


@dataclass
class Practice:
    vault: Store
    checks: Admits
    me: Staff
    defaults: Policy
    patients: PatientRegister
    staff: StaffRegister
    policy: PolicyRegister
    tasks: TaskRegister
    consents: ConsentRegister
    sessions: SessionRegister

    def become(self, roles: frozenset[Role]) -> None:
        """Gives the signed-in user other roles."""
        self.me = self.staff.put(msgspec.structs.replace(self.me, roles=roles))


def made(vault: Store, checks: Admits) -> Practice:
    defaults = load_policy(RESOURCES / "policy.toml")
    staff, policy, tasks = StaffRegister(vault), PolicyRegister(vault, defaults), TaskRegister(vault)
    me = staff.add_first("J. Pryce", "Nurse", "NMC 1")
    staff.put(DENTIST)
    patients = PatientRegister(vault)
    for patient in (PER, ORLA):
        patients.add(patient)
    consents = ConsentRegister(vault, staff, policy, ENGLAND, tasks, wall_ms=lambda: NOW)
    return Practice(
        vault, checks, me, defaults, patients, staff, policy, tasks, consents, SessionRegister(vault, tasks)
    )


@pytest.fixture(params=["fake", "real"])
def practice(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Practice]:
    checks = Admits()
    with opened(request.param, tmp_path, checks) as vault:
        yield made(vault, checks)


@pytest.fixture
def rehearsal(tmp_path: Path) -> Iterator[Practice]:
    """On the fake store only, for what does not depend on the store."""
    checks = Admits()
    with opened("fake", tmp_path, checks) as vault:
        yield made(vault, checks)


__all__ = ["Practice", "StaffId"]
