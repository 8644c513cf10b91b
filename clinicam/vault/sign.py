# SPDX-License-Identifier: GPL-3.0-or-later
"""Ed25519 (RFC 8032). With `vault.aead` the only place that names `cryptography`. Pure and thread-safe."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from clinicam.errors import Corrupt

SEED = 32
PUBLIC = 32
SIGNATURE = 64


class SigningKey:
    """One Ed25519 key. `public` is 32 bytes; the seed cannot be read back from here."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public = private.public_key().public_bytes_raw()

    @staticmethod
    def from_seed(seed: bytes) -> SigningKey:
        """The key of a 32-byte seed.

        Raises:
            Corrupt: another length.
        """
        if len(seed) != SEED:
            raise Corrupt("signing seed has the wrong length")
        return SigningKey(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, message: bytes) -> bytes:
        """64 bytes, the same each time for one message."""
        return self._private.sign(message)


def verify(public: bytes, signature: bytes, message: bytes) -> None:
    """Return if `signature` over `message` was made with the key of `public`.

    Raises:
        Corrupt: it was not, or `public` is not a key.
    """
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError) as error:
        raise Corrupt("signature does not verify") from error
