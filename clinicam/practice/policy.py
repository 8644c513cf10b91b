# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice's rules: defaults from resources/policy.toml, then records of the vault, the same on every workstation."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
from msgspec import Struct

from clinicam.consent import resource
from clinicam.consent.packing import pack, unpack
from clinicam.consent.policy import ConsentPolicy
from clinicam.identity import NOBODY
from clinicam.practice.store import Store, What, entry

POLICY = "policy"
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


class BackupPolicy(Struct, frozen=True, forbid_unknown_fields=True):
    """Where and when the vault is backed up."""

    place: str = ""
    """a folder on another disk or machine; empty: nobody has named one"""
    time: str = "13:00"
    """local time of the daily backup, used where `hours` is 0"""
    hours: int = 0
    """back up every so many hours while CliniCam is open, instead of once a day"""
    keep_days: int = 35
    """how long an older backup stays beside the newest"""
    old_days: int = 3
    """a backup older than this is a warning"""
    drill_days: int = 30
    """a trial restore is due after this"""

    def __post_init__(self) -> None:
        limits = ((self.hours, 0, 168), (self.keep_days, 1, 35), (self.old_days, 1, 31), (self.drill_days, 1, 366))
        if any(not low <= value <= high for value, low, high in limits):
            raise ValueError("a limit of the backup")
        if not _TIME.fullmatch(self.time) or len(self.place) > 4096 or "\0" in self.place:
            raise ValueError("time or place of the backup")


class Policy(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Idle limits in seconds, `permit_minutes` in minutes, reserve and `frame_bytes` (the files of one picture) in bytes. `version` counts the changes, 0 = defaults.

    The fields without a default are those of the first release, and every stored policy says them all. A later field
    has a default, which is left out when stored: so a policy of an earlier release still decodes. At most 15 fields in
    all, or the length of the map is written in another form: group them, as `BackupPolicy`.
    """

    profile: str
    idle_session_s: int
    idle_reception_s: int
    permit_minutes: int
    pictures_per_session: int
    vault_reserve_bytes: int
    has_today_list: bool
    consent: ConsentPolicy
    practice_name: str
    version: int
    backup: BackupPolicy = BackupPolicy()
    frame_bytes: int = 32 * 2**20

    @property
    def room_to_begin(self) -> int:
        """Bytes free without which no session begins: the reserve, or what as many pictures as it may have can need."""
        return max(self.vault_reserve_bytes, self.pictures_per_session * self.frame_bytes)

    def __post_init__(self) -> None:
        limits = (
            (self.idle_session_s, 30, 600),
            (self.idle_reception_s, 15, 600),
            (self.permit_minutes, 5, 240),
            (self.pictures_per_session, 1, 500),
            (self.vault_reserve_bytes, 64 * 2**20, 2**50),
            (self.frame_bytes, 2**20, 2**30),
        )
        if any(not low <= value <= high for value, low, high in limits):
            raise ValueError("a limit of the policy")
        if self.version < 0 or len(self.practice_name) > 120:
            raise ValueError("version or name of the practice")


def load_policy(path: Path) -> Policy:
    """The defaults.

    Raises:
        FormInvalid: the file is not a usable policy.
    """
    return resource.load(path, Policy)


class PolicyRegister:
    """What holds now. Vault thread only."""

    def __init__(self, vault: Store, defaults: Policy) -> None:
        self._vault = vault
        self._defaults = defaults

    def current(self) -> Policy:
        """The latest policy, or the defaults while there is none.

        Raises:
            Corrupt: the record is none.
        """
        entries = self._vault.entries(POLICY)
        if not entries:
            return self._defaults
        found: Policy = unpack(entries[-1].body, Policy, what="policy")
        return found

    def put(self, policy: Policy) -> Policy:
        """Records a policy as the next version and returns it so."""
        newer = msgspec.structs.replace(policy, version=self.current().version + 1)
        self._vault.append([entry(What.POLICY_CHANGED, POLICY, NOBODY, pack(newer))])
        return newer
