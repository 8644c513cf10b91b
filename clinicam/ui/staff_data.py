# SPDX-License-Identifier: GPL-3.0-or-later
"""What the staff section shows, read in one go on the vault thread, and how it says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication

from clinicam.identity import Role, Staff, StaffId
from clinicam.practice.locums import LocumPlace
from clinicam.practice.people import Person, SignIn
from clinicam.ui.kit import Meaning
from clinicam.ui.words import day_of, shown_date, shown_time
from clinicam.vault.kits import KitInfo

if TYPE_CHECKING:
    from clinicam.surgery import Surgery


@dataclass(frozen=True, slots=True)
class StaffView:
    """One reading. `seconds` says where a second person from outside works; `names` everybody under every id."""

    people: tuple[Person, ...]
    kits: tuple[KitInfo, ...]
    places: tuple[LocumPlace, ...]
    seconds: dict[StaffId, str]
    names: dict[StaffId, str]
    is_manager: bool
    may_admit: bool
    has_password: bool
    now_ms: int


def load_staff(surgery: Surgery) -> StaffView:
    """Vault thread."""
    places = surgery.locums.places()
    spots = {one.staff for one in places}
    people = tuple(one for one in surgery.office.people() if one.staff.staff not in spots)
    return StaffView(
        people=people,
        kits=surgery.kits.all(),
        places=places,
        seconds=surgery.seconds.all(),
        names={staff: one.name for staff, one in surgery.staff.by_id().items()},
        is_manager=surgery.office.is_manager,
        may_admit=bool(surgery.me.roles & {Role.CLINICIAN, Role.MANAGER}) and surgery.me.staff not in spots,
        has_password=not surgery.kits.is_mine,
        now_ms=surgery.clock.wall_ms(),
    )


def _tr(text: str) -> str:
    return QCoreApplication.translate("staff", text)


def role_words(roles: frozenset[Role]) -> str:
    """``manager, clinician``."""
    names = {
        Role.MANAGER: _tr("manager"),
        Role.CLINICIAN: _tr("clinician"),
        Role.NURSE: _tr("nurse"),
        Role.AUDITOR: _tr("auditor"),
    }
    return ", ".join(words for role, words in names.items() if role in roles)


def support_words(staff: Staff) -> str:
    """Post, roles and registration in one line."""
    return "  ·  ".join(one for one in (staff.post, role_words(staff.roles), staff.registration) if one)


def person_chip(person: Person) -> tuple[str, str, Meaning]:
    """Icon, words and meaning of where somebody stands."""
    if not person.staff.active:
        return "minus", _tr("Has left"), "neutral"
    if person.sign_in is SignIn.YES:
        return "check", _tr("Can unlock"), "safe"
    if person.sign_in is SignIn.BROKEN:
        return "triangle-alert", _tr("Needs new keys"), "attention"
    return "minus", _tr("No sign-in"), "neutral"


def kit_words(kit: KitInfo, names: dict[StaffId, str]) -> str:
    """When and by whom a kit was made, and when it was last used."""
    if kit.made_ms is None or kit.made_by is None:
        made = _tr("Came with the vault")
    else:
        made = _tr("Made on {day} by {name}").format(
            day=shown_date(day_of(kit.made_ms)), name=names.get(kit.made_by, _tr("another kit"))
        )
    if kit.used_ms is None:
        return f"{made}  ·  {_tr('never used')}"
    used = _tr("last used on {day}, {time}").format(day=shown_date(day_of(kit.used_ms)), time=shown_time(kit.used_ms))
    return f"{made}  ·  {used}"


def kit_chip(kit: KitInfo) -> tuple[str, str, Meaning]:
    """Icon, words and meaning of a kit."""
    if kit.is_me:
        return "triangle-alert", _tr("Opened the vault now"), "attention"
    return "life-buoy", _tr("Opens the vault"), "neutral"


def place_words(place: LocumPlace, view: StaffView) -> tuple[str, str, Meaning]:
    """Icon, words and meaning of a locum place."""
    if place.is_waiting:
        return "clock", _tr("Waiting in the safe"), "neutral"
    if place.is_open(view.now_ms):
        return "check", _tr("In today"), "safe"
    return "triangle-alert", _tr("Day over"), "attention"
