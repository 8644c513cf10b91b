# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking after the people of a practice: records of the register and keys of the vault, in the order that survives a crash.

A record is written before the keys it speaks of and counts once they are there; keys are taken back before the record says so,
and asking once more finishes what a crash left. What keys enforce is said in `vault.people`; that only managers find these
requests in the program, and what nurse and clinician may do, is policy. Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import msgspec

from clinicam.errors import NotFound, RoleRefused
from clinicam.identity import Role, Staff, StaffId, new_id
from clinicam.practice.staff import StaffRegister, make_staff
from clinicam.practice.store import Store
from clinicam.practice.tasks import TaskRegister
from clinicam.vault.passwords import check_password
from clinicam.vault.people import Holder, Rank, SlotKind


class Keys(Protocol):
    """The part of `vault.people.People` that is needed here, which documents it."""

    def holders(self) -> tuple[Holder, ...]: ...
    def is_active(self, user: bytes, /) -> bool: ...
    def check_manager(self) -> None: ...
    def check_removable(self, user: StaffId, rank: Rank | None = None, /) -> None: ...
    def add(
        self, rank: Rank, password: str, *, shown: str, known: Iterable[str] = (), user: StaffId | None = None
    ) -> StaffId: ...
    def replace(
        self,
        old: StaffId,
        rank: Rank,
        password: str,
        *,
        shown: str,
        known: Iterable[str] = (),
        user: StaffId | None = None,
    ) -> StaffId: ...
    def remove(self, user: StaffId) -> None: ...
    def change_own_password(self, old: str, new: str, *, known: Iterable[str] = ()) -> None: ...
    def keep_names(self, names: dict[StaffId, str], /) -> None: ...


class SignIn(Enum):
    """Whether somebody can unlock."""

    YES = "yes"
    """they hold keys and have a password"""
    NO = "no"
    """in the register only: a visiting clinician, or somebody who left"""
    BROKEN = "broken"
    """they hold keys, but their password file is missing or damaged: a manager gives them new ones"""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of staff with what the vault says of them. `open_tasks` are wanted from them."""

    staff: Staff
    sign_in: SignIn
    is_me: bool
    open_tasks: int


def rank_of(roles: Iterable[Role]) -> Rank:
    """The keys that roles need: the highest of them."""
    ranks = {
        Role.AUDITOR: Rank.AUDITOR,
        Role.NURSE: Rank.NURSE,
        Role.CLINICIAN: Rank.CLINICIAN,
        Role.MANAGER: Rank.MANAGER,
    }
    return max(ranks[role] for role in roles)


def roles_of(rank: Rank) -> frozenset[Role]:
    """What somebody without a record may do: what their keys say."""
    return frozenset({Role[rank.name]})


def whoever(staff: StaffRegister, holders: Iterable[Holder], user: StaffId, *, kit_name: str) -> Staff:
    """Who is signed in. A recovery kit is a manager without a record, called `kit_name`; somebody whose record is missing
    may do what their keys say."""
    me = staff.get(user)
    if me is not None:
        return me
    held = next(one for one in holders if one.user == user)
    if held.kind is SlotKind.KIT:
        return Staff(user, kit_name, "", frozenset({Role.MANAGER}))
    return Staff(user, user.hex()[:8], "", roles_of(held.rank))


def shown_login(name: str, post: str) -> str:
    """How the lock screen names somebody."""
    return f"{name} · {post}" if post else name


def needs_new_keys(old: Iterable[Role], new: Iterable[Role]) -> bool:
    """Whether passing from `old` to `new` roles means a new identity: for keys, nurse and clinician are one."""
    same = {Rank.NURSE: Rank.CLINICIAN}
    before, after = rank_of(old), rank_of(new)
    return same.get(before, before) is not same.get(after, after)


class StaffOffice:
    """See the module. Every request is answered by its result or one of the errors named; nothing is asked twice.

    Args:
        known: words that no password may be made of, like the practice's name.
    """

    def __init__(
        self,
        vault: Store,
        keys: Keys,
        register: StaffRegister,
        tasks: TaskRegister,
        *,
        known: Callable[[], Iterable[str]],
    ) -> None:
        self._vault = vault
        self._keys = keys
        self._register = register
        self._tasks = tasks
        self._known = known

    @property
    def is_manager(self) -> bool:
        """Whether whoever is signed in holds a manager's keys."""
        try:
            self._keys.check_manager()
        except RoleRefused:
            return False
        return True

    def people(self) -> tuple[Person, ...]:
        """Everybody of the register, by name."""
        holders = {one.user: one for one in self._keys.holders()}
        wanted = [one.record.wanted_from for one in self._tasks.pending()]
        found = []
        for staff in self._register.all():
            ids = {staff.staff, *self._register.formerly(staff.staff)}
            holder = holders.get(staff.staff)
            can = SignIn.NO if holder is None else SignIn.YES if holder.is_person else SignIn.BROKEN
            open_tasks = sum(one in ids for one in wanted)
            found.append(Person(staff, can, staff.staff == self._vault.user, open_tasks))
        return tuple(found)

    def add(self, *, name: str, post: str, roles: frozenset[Role], registration: str, password: str) -> Staff:
        """Let a new member of staff in, with the password they have typed themself. Slow.

        Raises:
            BadPatientData: a name, post or registration that cannot be kept, or no role.
            RoleRefused: whoever is signed in is no manager. PasswordRefused: the password.
            Forked, DiskFull, WriteFailed: they are not let in, and do not show in the register.
        """
        self._keys.check_manager()
        staff = make_staff(StaffId(new_id()), name=name, post=post, roles=roles, registration=registration)
        return self._give_keys(staff, None, password)

    def reset(self, staff: StaffId, password: str, *, roles: frozenset[Role] | None = None) -> Staff:
        """New keys for somebody who is in the register: a forgotten password, other roles, or first keys at all. Slow.

        Raises:
            NotFound: nobody of that id. LastManager: nobody would be left to manage.
            RoleRefused: whoever is signed in is no manager, or is that person.
            PasswordRefused, Forked, DiskFull, WriteFailed: nothing was changed.
        """
        self._keys.check_manager()
        held = self._get(staff)
        roles = held.roles if roles is None else roles
        old = held.staff if self._keys.is_active(held.staff) else None
        if old is not None:
            self._keys.check_removable(old, rank_of(roles))
        new = StaffId(new_id())
        return self._give_keys(msgspec.structs.replace(held, staff=new, roles=roles, active=True), held.staff, password)

    def change(
        self, staff: StaffId, *, name: str, post: str, roles: frozenset[Role], registration: str, password: str = ""
    ) -> Staff:
        """Correct a record. Where `needs_new_keys` says so for somebody who can sign in, they get new keys behind `password`.

        Raises:
            As `add` and `reset`.
        """
        self._keys.check_manager()
        held = self._get(staff)
        changed = make_staff(
            held.staff, name=name, post=post, roles=roles, registration=registration, active=held.active
        )
        if self._keys.is_active(held.staff) and needs_new_keys(held.roles, roles):
            self._keys.check_removable(held.staff, rank_of(roles))
            return self._give_keys(msgspec.structs.replace(changed, staff=StaffId(new_id())), held.staff, password)
        self._register.put(changed)
        self._keys.keep_names({changed.staff: shown_login(changed.name, changed.post)})
        return changed

    def check_removable(self, staff: StaffId) -> None:
        """Return if `disable` would not be refused; raises as it does."""
        self._keys.check_manager()
        held = self._get(staff)
        if self._keys.is_active(held.staff):
            self._keys.check_removable(held.staff)

    def disable(self, staff: StaffId, *, tasks_to: StaffId | None) -> int:
        """Somebody leaves: their keys are taken back, their open tasks go to `tasks_to` (None: to whoever). How many went.

        Raises:
            NotFound: nobody of that id, or `tasks_to` does not work here.
            RoleRefused: whoever is signed in is no manager, or is that person. LastManager: nobody would manage.
            Forked, DiskFull, WriteFailed: nothing was changed, or their keys are gone and only the record is behind;
                ask once more.
        """
        self._keys.check_manager()
        held = self._get(staff)
        if held.staff == self._vault.user:
            raise RoleRefused("another-manager")
        if tasks_to is not None:
            taker = self._get(tasks_to)
            if not taker.active or taker.staff == held.staff:
                raise NotFound("nobody to take the tasks")
            tasks_to = taker.staff
        if self._keys.is_active(held.staff):
            self._keys.remove(held.staff)
        self._register.put(msgspec.structs.replace(held, active=False))
        return self._tasks.reassign({held.staff, *self._register.formerly(held.staff)}, tasks_to)

    def change_my_password(self, old: str, new: str) -> None:
        """Another password for whoever is signed in. Slow.

        Raises:
            As `People.change_own_password`.
        """
        me = self._register.get(self._vault.user)
        names = (me.name, me.post) if me is not None else ()
        self._keys.change_own_password(old, new, known=(*names, *self._known()))

    def name_logins(self) -> None:
        """Bring the names on this workstation's lock screen in step with the register. Never fails: see `keep_names`."""
        self._keys.keep_names({
            one.staff: shown_login(one.name, one.post) for one in self._register.all() if one.active
        })

    def _get(self, staff: StaffId) -> Staff:
        found = self._register.get(staff)
        if found is None:
            raise NotFound("nobody of that id")
        return found

    def _give_keys(self, staff: Staff, old: StaffId | None, password: str) -> Staff:
        """Record first, keys then; `old` is who they were, with or without keys."""
        formerly = (old, *self._register.formerly(old)) if old is not None else ()
        shown, known = shown_login(staff.name, staff.post), tuple(self._known())
        rank = rank_of(staff.roles)
        check_password(password, known=(shown, *known))
        self._vault.append([self._register.row(staff, formerly=formerly, keyed=True)])
        if old is not None and self._keys.is_active(old):
            self._keys.replace(old, rank, password, shown=shown, known=known, user=staff.staff)
        else:
            self._keys.add(rank, password, shown=shown, known=known, user=staff.staff)
        if formerly:
            self._tasks.reassign(formerly, staff.staff)
        return staff
