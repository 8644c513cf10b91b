# SPDX-License-Identifier: GPL-3.0-or-later
"""The keys that open acts: all grown from the audit seed A, which never changes (vault.md 2.2)."""

from __future__ import annotations

from dataclasses import dataclass, field

from clinicam.vault.aead import KEY, HpkeKeyPair, hkdf_sha512
from clinicam.vault.labels import L


@dataclass(frozen=True, slots=True)
class AuditKeys:
    """What holders of A have: the symmetric key of acts, and the pair that locked workstations seal acts to."""

    key: bytes = field(repr=False)
    pair: HpkeKeyPair = field(repr=False)

    @staticmethod
    def from_seed(seed: bytes) -> AuditKeys:
        """Both keys of the 32-byte seed A."""
        key = hkdf_sha512(seed, None, L("audit key"), KEY)
        return AuditKeys(key, HpkeKeyPair.from_seed(hkdf_sha512(seed, None, L("audit hpke"), KEY)))

    @property
    def public(self) -> bytes:
        """The 1216 bytes that the keyring publishes."""
        return self.pair.public
