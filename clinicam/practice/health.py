# SPDX-License-Identifier: GPL-3.0-or-later
"""How the practice's records are: room, pictures, what is left to do. Vault thread only."""

from __future__ import annotations

from dataclasses import dataclass

from clinicam.permits import Admission
from clinicam.practice.policy import Policy
from clinicam.practice.store import Store
from clinicam.practice.tasks import TaskRegister


@dataclass(frozen=True, slots=True)
class Health:
    """Sizes in bytes; `pictures` and `unfiled` count frames."""

    free_bytes: int
    reserve_bytes: int
    pictures: int
    unfiled: int
    tasks: int

    @property
    def has_room(self) -> bool:
        """Whether a session may begin."""
        return self.free_bytes > self.reserve_bytes


def look(vault: Store, policy: Policy, tasks: TaskRegister) -> Health:
    """How things are now."""
    images = vault.images()
    return Health(
        free_bytes=vault.free_bytes(),
        reserve_bytes=policy.room_to_begin,
        pictures=len({one.frame or one.image for one in images}),
        unfiled=len({one.frame or one.image for one in images if one.admission is Admission.UNFILED}),
        tasks=len(tasks.pending()),
    )
