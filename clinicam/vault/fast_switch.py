# SPDX-License-Identifier: GPL-3.0-or-later
"""A PIN for one person on one workstation: back in within seconds on a computer that several people share.

The user's secret is wrapped and lies in the kernel's key service only (`kernel_keys`), never in a file. What wraps it is
made of the PIN (Argon2id) and of 32 bytes in host state that belong to this one PIN. So a disk alone gives nothing, nor
does the kernel's memory alone, and a PIN is worth nothing on another computer.

A PIN is gone after five wrong tries in a row, after 8 hours, when the computer slept or was started anew, when the
person's role or password changed, and when somebody says so. Then the password is asked for. Vault thread only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Protocol

from clinicam.errors import Corrupt, PinRefused
from clinicam.identity import new_id
from clinicam.vault.aead import (
    KDF_FLOOR_M,
    KDF_FLOOR_P,
    KDF_FLOOR_T,
    KEY,
    NONCE,
    KdfParameters,
    argon2id,
    hkdf_sha512,
    open_sealed,
    seal,
    system_randomness,
)
from clinicam.vault.boot import BootTime, boot_time
from clinicam.vault.codec import Count, Hash, Id, Record, decode, encode
from clinicam.vault.host import HostFolder
from clinicam.vault.kernel_keys import KernelKeys
from clinicam.vault.labels import L
from clinicam.vault.roster import Roster
from clinicam.vault.slot import UserSecret

LEAST, MOST = 6, 12
TRIES = 5
LIFE_S = 8 * 3600
SLEEP_MS = 100
"""The two clocks are read one after the other; a difference below this is no sleep."""
COST = KdfParameters(KDF_FLOOR_M, KDF_FLOOR_T, KDF_FLOOR_P)
"""Cheap, because nobody can try without this computer switched on and five tries are all there are."""
_MAGIC = b"CCPINS\0\x01"
_RUNS = ("01234567890123", "98765432109876")


class KeyService(Protocol):
    """Where the wrapped secrets lie."""

    def works(self) -> bool:
        """Whether anything can be kept."""
        ...

    def put(self, name: str, data: bytes, seconds: int) -> bool:
        """Keep for so long; False where it could not be."""
        ...

    def read(self, name: str) -> bytes | None:
        """What is kept, None when it is gone."""
        ...

    def drop(self, name: str) -> None:
        """Keep no longer."""
        ...


class Pin(Record, frozen=True, forbid_unknown_fields=True):
    """What host state keeps of one PIN. `slot` and `role` are hashes of what must not have changed since."""

    user: Id
    token: Id
    """names it in the key service"""
    salt: Hash
    bound: Hash
    """this workstation's part of the key"""
    slot: Hash
    role: Hash
    boot: str
    slept_ms: Count
    made_ms: Count
    """since the machine was started"""
    wrong: Count


class Pins(Record, frozen=True, forbid_unknown_fields=True):
    """Body of ``<vault>.pins``."""

    pins: tuple[Pin, ...]


def check_pin(pin: str) -> None:
    """Return if it may be somebody's PIN.

    Raises:
        PinRefused: short (not 6 to 12 digits), simple (one digit over and over, a run, a short pattern).
    """
    if not (pin.isascii() and pin.isdecimal() and LEAST <= len(pin) <= MOST):
        raise PinRefused("short")
    patterns = any(pin == (pin[:n] * MOST)[: len(pin)] for n in (1, 2, 3))
    if patterns or any(pin in run for run in _RUNS):
        raise PinRefused("simple")


class FastSwitch:
    """The PINs of one vault on this workstation.

    Args:
        keys: the kernel's key service.
        now: the time since the machine was started.
        cost: Argon2id.
    """

    def __init__(
        self,
        host: HostFolder,
        vault: bytes,
        *,
        keys: KeyService | None = None,
        now: Callable[[], BootTime] = boot_time,
        cost: KdfParameters = COST,
    ) -> None:
        self._host = host
        self._vault = vault
        self._keys = keys if keys is not None else KernelKeys()
        self._now = now
        self._cost = cost

    def is_offered(self) -> bool:
        """Whether a PIN can be set here at all."""
        return bool(self._now().boot) and self._keys.works()

    def users(self, slots: dict[bytes, bytes], roster: Roster) -> frozenset[bytes]:
        """Whose PIN would be taken now. What no longer counts is dropped on the way.

        Args:
            slots: each user's slot file.

        Raises:
            DiskFull, WriteFailed: what does not count any more could not be dropped.
        """
        kept, live = self._load(), []
        for pin in kept:
            if self._is_live(pin, slots, roster) and self._keys.read(self._name(pin)) is not None:
                live.append(pin)
            else:
                self._keys.drop(self._name(pin))
        if len(live) != len(kept):
            self._save(live)
        return frozenset(pin.user for pin in live)

    def set(self, user: bytes, secret: UserSecret, pin: str, slots: dict[bytes, bytes], roster: Roster) -> None:
        """Give `user` a PIN, in place of any before. 0.3 s.

        Raises:
            PinRefused: short or simple; unsupported where the kernel keeps no keys.
            DiskFull, WriteFailed: there is none.
        """
        check_pin(pin)
        now = self._now()
        if not now.boot:
            raise PinRefused("unsupported")
        self.forget(user)
        made = Pin(
            user=user,
            token=new_id(),
            salt=system_randomness(KEY),
            bound=system_randomness(KEY),
            slot=hashlib.sha256(slots[user]).digest(),
            role=_role(roster, user),
            boot=now.boot,
            slept_ms=max(now.slept_ms, 0),
            made_ms=now.since_ms,
            wrong=0,
        )
        nonce = system_randomness(NONCE)
        body = secret.hpke_seed + secret.sign_seed + secret.anchor
        sealed = nonce + seal(self._kek(made, pin), nonce, body, self._context(made))
        self._save([*self._load(), made])
        if not self._keys.put(self._name(made), sealed, LIFE_S):
            self.forget(user)
            raise PinRefused("unsupported")

    def open(self, user: bytes, pin: str, slots: dict[bytes, bytes], roster: Roster) -> UserSecret:
        """The secret behind a PIN. 0.3 s. A try is counted before it is made.

        Raises:
            PinRefused: wrong, with the tries `left`; gone, then the password is asked for.
            DiskFull, WriteFailed: a try that could not be counted is not made.
        """
        found = next((one for one in self._load() if one.user == user), None)
        sealed = self._keys.read(self._name(found)) if found is not None else None
        if found is None or sealed is None or found.wrong >= TRIES or not self._is_live(found, slots, roster):
            self.forget(user)
            raise PinRefused("gone")
        self._replace(found, found.wrong + 1)
        try:
            body = open_sealed(self._kek(found, pin), sealed[:NONCE], sealed[NONCE:], self._context(found))
        except Corrupt as error:
            left = TRIES - found.wrong - 1
            if not left:
                self.forget(user)
            raise PinRefused("wrong" if left else "gone", left) from error
        self._replace(found, 0)
        return UserSecret(body[:KEY], body[KEY : 2 * KEY], body[2 * KEY :])

    def forget(self, user: bytes | None = None) -> None:
        """Drop the PIN of `user`, or everybody's: at sleep, and when somebody leaves. Raises DiskFull, WriteFailed."""
        kept = self._load()
        gone = [pin for pin in kept if user is None or pin.user == user]
        for pin in gone:
            self._keys.drop(self._name(pin))
        if gone:
            self._save([pin for pin in kept if pin not in gone])

    def _is_live(self, pin: Pin, slots: dict[bytes, bytes], roster: Roster) -> bool:
        now = self._now()
        return (
            pin.boot == now.boot
            and 0 <= now.since_ms - pin.made_ms < LIFE_S * 1000
            and now.slept_ms - pin.slept_ms < SLEEP_MS
            and pin.user in roster.users
            and pin.role == _role(roster, pin.user)
            and pin.slot == hashlib.sha256(slots.get(pin.user, b"")).digest()
        )

    def _name(self, pin: Pin) -> str:
        return f"clinicam:{self._vault.hex()}:{pin.token.hex()}"

    def _context(self, pin: Pin) -> bytes:
        return L("pin") + self._host.machine(self._vault) + self._vault + pin.user + pin.token

    def _kek(self, pin: Pin, typed: str) -> bytes:
        return hkdf_sha512(argon2id(typed, pin.salt, self._cost), pin.bound, self._context(pin), KEY)

    def _replace(self, pin: Pin, wrong: int) -> None:
        others = [one for one in self._load() if one.user != pin.user]
        fields = {name: getattr(pin, name) for name in Pin.__struct_fields__}
        self._save([*others, Pin(**fields | {"wrong": wrong})])

    def _load(self) -> list[Pin]:
        """What host state keeps; nothing where it is damaged: then the password is asked for."""
        raw = self._host.read(self._vault, "pins")
        if raw is None or not raw.startswith(_MAGIC):
            return []
        try:
            return list(decode(raw[len(_MAGIC) :], Pins).pins)
        except Corrupt:
            return []

    def _save(self, pins: list[Pin]) -> None:
        self._host.write(self._vault, "pins", _MAGIC + encode(Pins(tuple(pins))))


def _role(roster: Roster, user: bytes) -> bytes:
    member = roster.users[user]
    return hashlib.sha256(L("pin role") + bytes((member.rank,)) + member.sign_public).digest()
