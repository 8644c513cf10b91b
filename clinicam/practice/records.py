# SPDX-License-Identifier: GPL-3.0-or-later
"""The records office of a practice: what is kept how long, what may be destroyed, what lies in the wrong chart.

Vault thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from clinicam.consent.profile import Profile
from clinicam.identity import PatientId, Staff
from clinicam.practice.access import SecondPersons
from clinicam.practice.consents import ConsentRegister
from clinicam.practice.erasing import Erasing
from clinicam.practice.misfiled import Misfiled
from clinicam.practice.retention import HoldRegister, Retention, load_schedule
from clinicam.practice.sessions import SessionRegister
from clinicam.practice.staff import StaffRegister
from clinicam.practice.tasks import TaskRegister
from clinicam.vault import lookups
from clinicam.vault.cosigning import Cosigners
from clinicam.vault.erasure import Erasures
from clinicam.vault.moving import Moving
from clinicam.vault.openvault import OpenVault
from clinicam.vault.quarantine import Quarantine


class RecordsOffice:
    """`holds`, `retention`, `erasing` and `misfiled` over one open vault.

    Args:
        me: who is signed in.
        is_sitting: whether a session of that patient is under way.
        schedules: the folder of retention schedules.

    Raises:
        FormInvalid: no usable schedule for the profile.
    """

    def __init__(
        self,
        vault: OpenVault,
        consents: ConsentRegister,
        sessions: SessionRegister,
        tasks: TaskRegister,
        staff: StaffRegister,
        seconds: SecondPersons,
        profile: Profile,
        *,
        schedules: Path,
        me: Callable[[], Staff],
        is_sitting: Callable[[PatientId], bool],
        wall_ms: Callable[[], int],
    ) -> None:
        inside = vault.inside
        self.vault_id = vault.vault_id
        self.holds = HoldRegister(vault, me, wall_ms=wall_ms)
        self.retention = Retention(
            vault,
            consents,
            self.holds,
            profile,
            load_schedule(schedules, profile.id),
            last_seen=lambda: lookups.last_seen(inside.index),
        )
        self.erasing = Erasing(
            vault,
            Erasures(inside),
            Cosigners(inside),
            self.retention,
            self.holds,
            sessions,
            tasks,
            staff,
            seconds,
            me=me,
            is_sitting=is_sitting,
            wall_ms=wall_ms,
        )
        self.misfiled = Misfiled(
            vault,
            Quarantine(inside),
            Moving(inside),
            consents,
            sessions,
            tasks,
            self.holds,
            profile,
            me=me,
            wall_ms=wall_ms,
        )
