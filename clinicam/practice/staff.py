# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works here, as records of the vault. Vault thread only."""

from __future__ import annotations

from msgspec import Struct

from clinicam.consent.packing import pack, unpack
from clinicam.errors import BadPatientData, NotFound
from clinicam.identity import Role, Staff, StaffId, clean_text
from clinicam.practice.store import Store, What, entry

STAFF = "staff"


class StaffRecord(Struct, frozen=True, forbid_unknown_fields=True):
    """A member of staff as kept. Sets have no order of their own, so the roles are named in the order of `Role`."""

    staff: StaffId
    name: str
    post: str
    roles: tuple[Role, ...]
    registration: str
    active: bool


def make_staff(
    staff: StaffId, *, name: str, post: str, roles: frozenset[Role], registration: str = "", active: bool = True
) -> Staff:
    """A checked member of staff.

    Raises:
        BadPatientData: no name, no role, or a text that cannot be shown.
    """
    name = clean_text(name, what="name", longest=120)
    if not name:
        raise BadPatientData("name", "is missing")
    if not roles:
        raise BadPatientData("role", "is missing")
    return Staff(
        staff,
        name,
        clean_text(post, what="post", longest=80),
        roles,
        clean_text(registration, what="registration", longest=40),
        active,
    )


class StaffRegister:
    """Members of staff; the latest record of each counts. Nobody is ever taken out: they become inactive."""

    def __init__(self, vault: Store) -> None:
        self._vault = vault

    def all(self) -> tuple[Staff, ...]:
        """Everybody who has ever worked here, by name."""
        latest: dict[StaffId, Staff] = {}
        for one in self._vault.entries(STAFF):
            kept: StaffRecord = unpack(one.body, StaffRecord, what="staff")
            roles = frozenset(kept.roles)
            latest[kept.staff] = Staff(kept.staff, kept.name, kept.post, roles, kept.registration, kept.active)
        return tuple(sorted(latest.values(), key=lambda staff: staff.name.casefold()))

    def get(self, staff: StaffId) -> Staff | None:
        """One member of staff, None if unknown here."""
        return next((one for one in self.all() if one.staff == staff), None)

    @property
    def me(self) -> Staff:
        """Who is signed in.

        Raises:
            NotFound: the user of the vault is not on the register.
        """
        found = self.get(self._vault.user)
        if found is None:
            raise NotFound
        return found

    def clinicians(self) -> tuple[Staff, ...]:
        """Those who may hold a discussion, by name."""
        return tuple(one for one in self.all() if one.active and Role.CLINICIAN in one.roles)

    def put(self, staff: Staff) -> Staff:
        """Adds or changes a member of staff."""
        roles = tuple(role for role in Role if role in staff.roles)
        kept = StaffRecord(staff.staff, staff.name, staff.post, roles, staff.registration, staff.active)
        self._vault.append([entry(What.STAFF_CHANGED, STAFF, staff.staff, pack(kept))])
        return staff

    def add_first(self, name: str, post: str, registration: str = "") -> Staff:
        """The founder: manager and clinician, under the id of the vault's user.

        Raises:
            BadPatientData: no name, or a text that cannot be shown.
        """
        return self.put(
            make_staff(
                self._vault.user,
                name=name,
                post=post,
                registration=registration,
                roles=frozenset({Role.MANAGER, Role.CLINICIAN}),
            )
        )
