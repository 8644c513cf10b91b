# SPDX-License-Identifier: GPL-3.0-or-later
"""Unlocking with the password against Argon2id alone, with the same parameters: the cost a new vault starts from.

The vault holds a year of a small practice's rows, so the snapshot that is restored is not an empty one.
"""

from __future__ import annotations

import os
from datetime import date, timedelta
from pathlib import Path

from benchmarks.bed import PASSWORD, Findings, Hasty, OpenGate
from benchmarks.measure import against, interleaved, timed
from clinicam.identity import Identifier, make_patient
from clinicam.vault.acts import What
from clinicam.vault.aead import KDF_START, argon2id
from clinicam.vault.codec import encode
from clinicam.vault.host import HostFolder
from clinicam.vault.model import CreatedVault, NewRow
from clinicam.vault.openvault import OpenVault
from clinicam.vault.vault import Vault

PATIENTS = 2_000
ROUNDS = 5
_OURS, _PEER = "Vault.unlock", "Argon2id alone"


def measure(folder: Path) -> Findings:
    """Unlock and key derivation in turn; locking is outside the clock."""
    host, place, gate = HostFolder(folder / "host"), folder / "vault", OpenGate()
    created = Vault.create(place, host, password=PASSWORD, login="Bench", training=True, kdf=KDF_START, calls=Hasty())
    filling = Vault.open(place, host, calls=Hasty())
    _fill(filling.unlock_with_kit(created.kit_words, gate))
    filling.close()
    salt = os.urandom(32)
    vault = Vault.open(place, host)
    try:
        medians = interleaved(
            {
                _OURS: lambda: _unlock(vault, created, gate),
                _PEER: lambda: timed(lambda: argon2id(PASSWORD, salt, KDF_START)),
            },
            ROUNDS,
        )
    finally:
        vault.close()
    cost = f"{KDF_START.m_kib // 1024} MiB, t={KDF_START.t}, p={KDF_START.p}"
    return Findings(
        [against(f"unlock, {PATIENTS:,} patients", medians, _OURS, _PEER, target=1.3)],
        remarks=[f"unlock: Argon2id with {cost} on both sides; a new vault starts calibrating from there"],
    )


def _unlock(vault: Vault, created: CreatedVault, gate: OpenGate) -> float:
    opened: list[OpenVault] = []
    took = timed(lambda: opened.append(vault.unlock(created.user, PASSWORD, gate)))
    opened[0].close()
    return took


def _fill(opened: OpenVault) -> None:
    rows = []
    for number in range(PATIENTS):
        patient = make_patient(
            family=f"Family{number % 313}",
            given=f"Given{number % 97}",
            born=date(1930, 1, 1) + timedelta(days=number * 11 % 33_000),
            today=date(2026, 1, 1),
            identifiers=(Identifier("local", f"TR-{number:06}"),),
        )
        rows.append(NewRow(What.PATIENT_ADDED, patient.patient, None, "patient", patient.patient, encode(patient)))
    opened.append(rows)
