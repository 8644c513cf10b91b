# SPDX-License-Identifier: GPL-3.0-or-later
"""Changing one's own password: the same secret in a new slot. No key of anything changes, so nobody else notices."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable

from clinicam.errors import Corrupt, NotFound, WrongPassword
from clinicam.vault.aead import KdfParameters
from clinicam.vault.files import VaultFiles
from clinicam.vault.host import HostFolder
from clinicam.vault.passwords import check_password
from clinicam.vault.slot import Slot, SlotKind, UserSecret, check_place, open_password_slot, seal_password_slot


def change_password(
    files: VaultFiles,
    host: HostFolder,
    *,
    vault: bytes,
    user: bytes,
    secret: UserSecret,
    old: str,
    new: str,
    known: Iterable[str],
    cost: Callable[[], KdfParameters],
    held_key: bytes | None,
    slot_key: bytes | None,
) -> None:
    """Put `secret` behind `new` if `old` opens it now. Slow: Argon2id three times, and `cost` may measure.

    `held_key` is the practice's device key, which the present slot may need; `slot_key` is mixed into the new one. Wrong tries count as at the lock screen: somebody at an unattended workstation must not be able to guess.

    Raises:
        PasswordRefused: the new one; nothing was tried.
        LockedOut: too many wrong ones. WrongPassword: one more.
        NotFound: the user has no password, like a recovery kit.
        Corrupt, UnsupportedFormat: the slot is damaged, or holds another secret than the one in use.
        DiskFull, WriteFailed: the old password stays.
    """
    check_password(new, known=known, old=old)
    data = files.slots().get(user)
    if data is None:
        raise NotFound("no slot")
    slot = Slot.decode(data)
    check_place(slot, vault=vault, user=user)
    if slot.kind is not SlotKind.PASSWORD:
        raise NotFound("no password")
    host.begin_try(vault, user)
    held = open_password_slot(slot, old, held_key)
    host.right(vault, user)
    if not same_secret(held, secret):
        raise Corrupt("slot: holds another secret than the one in use")
    files.write_slot(user, sealed_slot(secret, vault=vault, user=user, password=new, cost=cost(), device_key=slot_key))


def sealed_slot(
    secret: UserSecret, *, vault: bytes, user: bytes, password: str, cost: KdfParameters, device_key: bytes | None
) -> bytes:
    """A password slot that was opened again: what cannot be read back must not replace anything. Slow.

    Raises:
        Corrupt: this machine's memory gave back other bytes than it was given.
    """
    data = seal_password_slot(secret, vault=vault, user=user, password=password, cost=cost, device_key=device_key)
    try:
        again = open_password_slot(Slot.decode(data), password, device_key)
    except WrongPassword as error:
        raise Corrupt("slot: does not open again") from error
    if not same_secret(again, secret):
        raise Corrupt("slot: memory gave back another secret")
    return data


def same_secret(one: UserSecret, other: UserSecret) -> bool:
    """Whether both are the same three values."""
    pairs = ((one.hpke_seed, other.hpke_seed), (one.sign_seed, other.sign_seed), (one.anchor, other.anchor))
    return all(hmac.compare_digest(a, b) for a, b in pairs)
