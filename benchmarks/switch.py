# SPDX-License-Identifier: GPL-3.0-or-later
"""Switching users by PIN: a new process to its lock screen, and from the PIN to the open vault. Typing is not ours.

The vault holds a year of a small practice's rows, as for `unlock`.
"""

from __future__ import annotations

import os
import statistics
import sys
from pathlib import Path

from benchmarks.bed import PASSWORD, Findings, Hasty, OpenGate
from benchmarks.measure import against, alone, interleaved, timed
from benchmarks.start import _OURS, _Contestant, _home
from benchmarks.unlock import PATIENTS, _fill
from clinicam.vault.aead import KDF_FLOOR_M, KDF_FLOOR_P, KDF_FLOOR_T, KDF_START, KdfParameters, argon2id
from clinicam.vault.host import HostFolder
from clinicam.vault.kernel_keys import KernelKeys
from clinicam.vault.openvault import OpenVault
from clinicam.vault.vault import Vault

ROUNDS = 5
PIN = "481516"
_PIN, _ALONE, _START = "PIN to open vault", "Argon2id at its floor", "process to lock screen"


def measure(folder: Path) -> Findings:
    """Start, PIN and key derivation in turn; locking is outside the clock."""
    if not KernelKeys().works():
        return Findings(left_out=["switch: this kernel keeps no keys, so no PIN is offered"])
    (folder / "home").mkdir(mode=0o700)
    program = _Contestant([sys.executable, "-m", "benchmarks.first_paint"], _home(folder / "home"))
    host, place, gate = HostFolder(folder / "host"), folder / "vault", OpenGate()
    created = Vault.create(place, host, password=PASSWORD, login="Bench", training=True, kdf=KDF_START, calls=Hasty())
    filling = Vault.open(place, host, calls=Hasty())
    _fill(filling.unlock_with_kit(created.kit_words, gate))
    filling.close()
    vault = Vault.open(place, host)
    try:
        opened = vault.unlock(created.user, PASSWORD, gate)
        vault.set_pin(PIN)
        opened.close()
        floor, salt = KdfParameters(KDF_FLOOR_M, KDF_FLOOR_T, KDF_FLOOR_P), os.urandom(32)

        def by_pin() -> float:
            held: list[OpenVault] = []
            took = timed(lambda: held.append(vault.unlock_with_pin(created.user, PIN, gate)))
            held[0].close()
            return took

        medians = interleaved(
            {_PIN: by_pin, _ALONE: lambda: timed(lambda: argon2id(PIN, salt, floor)), _START: program.start}, ROUNDS
        )
        vault.forget_pins()
    finally:
        vault.close()
    ours = (medians[_PIN] + medians[_START]) * 1000
    return Findings(
        [
            against(f"PIN, {PATIENTS:,} patients", medians, _PIN, _ALONE, target=None),
            alone("PIN to open vault", medians[_PIN] * 1000, "ms", target=800),
            alone("switching users without the typing: new process and PIN", ours, "ms", target=4000),
        ],
        remarks=[f"switch: {statistics.median(program.processor):.2f} s of processor for {_OURS}'s start"],
    )
