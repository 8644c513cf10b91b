# SPDX-License-Identifier: GPL-3.0-or-later
"""Who works here, as records of the vault. Vault thread only."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from clinicam.consent.packing import pack, unpack
from clinicam.errors import BadPatientData, NotFound
from clinicam.identity import Role, Staff, StaffId, clean_text
from clinicam.practice.store import NewRow, Store, What, entry

STAFF = "staff"


class StaffRecord(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A member of staff as kept. Sets have no order of their own, so the roles are named in the order of `Role`.

    `formerly` are the ids this person had before, newest first: new keys mean a new id, and old rows keep the old one.
    `keyed`: written before the keys of that id were made; it counts only once somebody of that id holds or held keys.
    """

    staff: StaffId
    name: str
    post: str
    roles: tuple[Role, ...]
    registration: str
    active: bool
    formerly: tuple[StaffId, ...] = ()
    keyed: bool = False


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
    """Members of staff; the latest record of each counts. Nobody is ever taken out: they become inactive.

    `known`: whether somebody of that id holds or held keys; without, every record counts.
    """

    def __init__(self, vault: Store, known: Callable[[StaffId], bool] | None = None) -> None:
        self._vault = vault
        self._known = known

    def _records(self) -> dict[StaffId, StaffRecord]:
        """The newest record that counts of each person, under the id they have now."""
        latest: dict[StaffId, StaffRecord] = {}
        for one in self._vault.entries(STAFF):
            kept: StaffRecord = unpack(one.body, StaffRecord, what="staff")
            if not kept.keyed or self._known is None or self._known(kept.staff):
                latest[kept.staff] = kept
        before = {former for kept in latest.values() for former in kept.formerly}
        return {staff: kept for staff, kept in latest.items() if staff not in before}

    def all(self) -> tuple[Staff, ...]:
        """Everybody who has ever worked here, by name."""
        found = (_staff(kept) for kept in self._records().values())
        return tuple(sorted(found, key=lambda staff: staff.name.casefold()))

    def by_id(self) -> dict[StaffId, Staff]:
        """Everybody under each id they have or had: for what old rows say."""
        found: dict[StaffId, Staff] = {}
        for kept in self._records().values():
            found.update(dict.fromkeys((kept.staff, *kept.formerly), _staff(kept)))
        return found

    def formerly(self, staff: StaffId) -> tuple[StaffId, ...]:
        """The ids a member of staff had before, newest first."""
        kept = self._records().get(staff)
        return kept.formerly if kept is not None else ()

    def get(self, staff: StaffId) -> Staff | None:
        """One member of staff, None if unknown here. An id they had before finds them as they are now."""
        return self.by_id().get(staff)

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
        self._vault.append([self.row(staff)])
        return staff

    def row(self, staff: Staff, *, formerly: tuple[StaffId, ...] | None = None, keyed: bool | None = None) -> NewRow:
        """The row of a member of staff, to be appended with others. What is not given stays as it was."""
        held = self._records().get(staff.staff)
        if formerly is None:
            formerly = held.formerly if held is not None else ()
        if keyed is None:
            keyed = held.keyed if held is not None else False
        roles = tuple(role for role in Role if role in staff.roles)
        kept = StaffRecord(
            staff.staff, staff.name, staff.post, roles, staff.registration, staff.active, formerly, keyed
        )
        return entry(What.STAFF_CHANGED, STAFF, staff.staff, pack(kept), detail="record")

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


def _staff(kept: StaffRecord) -> Staff:
    return Staff(kept.staff, kept.name, kept.post, frozenset(kept.roles), kept.registration, kept.active)
