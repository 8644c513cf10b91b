# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies as earlier releases stored them."""

from __future__ import annotations

import msgspec
import pytest

from clinicam.consent.packing import pack
from clinicam.identity import NOBODY
from clinicam.practice.policy import POLICY, BackupPolicy, PolicyRegister
from clinicam.practice.store import What, entry
from tests.practice.conftest import Practice

FIRST_RELEASE = {
    "profile": "england-wales",
    "idle_session_s": 120,
    "idle_reception_s": 60,
    "permit_minutes": 60,
    "pictures_per_session": 60,
    "vault_reserve_bytes": 2147483648,
    "has_today_list": True,
    "consent": {
        "spoken_allowed": True,
        "paper_opens_shutter": True,
        "purposes_used": ["P5"],
        "website": "",
        "social_account": "",
    },
}


@pytest.mark.parametrize("name", ["", "Harbour Lane"])
def test_a_policy_of_the_first_release_still_decodes(practice: Practice, name: str) -> None:
    stored = msgspec.msgpack.encode(FIRST_RELEASE | {"practice_name": name, "version": 4})
    practice.vault.append([entry(What.POLICY_CHANGED, POLICY, NOBODY, stored)])
    found = PolicyRegister(practice.vault, practice.defaults).current()
    assert (found.idle_session_s, found.practice_name, found.version) == (120, name, 4)
    assert found.backup == BackupPolicy()
    assert pack(found) == stored
    assert practice.policy.put(found).version == 5
    assert len(found.__struct_fields__) <= 15
    newer = msgspec.structs.replace(found, backup=BackupPolicy(place="/srv/backup", hours=4))
    assert practice.policy.put(newer).version == 6
    assert practice.policy.current().backup == newer.backup
