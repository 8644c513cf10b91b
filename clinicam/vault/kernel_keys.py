# SPDX-License-Identifier: GPL-3.0-or-later
"""The kernel's key service (keyrings(7)): bytes kept in kernel memory for this account, with a time after which they go.

Nothing of it is ever swapped in the clear by us or written anywhere; a reboot forgets it. Calls are add_key(2) and
keyctl(2) by number, because no library wraps them everywhere. Where the kernel has no key service, or this kind of
machine is not known here, `works` says so and nothing is kept.
"""

from __future__ import annotations

import ctypes
import platform
import secrets
import sys
from collections.abc import Callable

Syscall = Callable[..., int]
"""A system call by number; its answer, negative for an error."""

NUMBERS = {"x86_64": (248, 250), "aarch64": (217, 219), "riscv64": (217, 219), "i686": (286, 288), "armv7l": (309, 311)}
"""add_key and keyctl by `platform.machine`."""
USER_KEYRING = -4
_KEY_TYPE = b"user"
_REVOKE, _SETPERM, _UNLINK, _SEARCH, _READ, _SET_TIMEOUT = 3, 5, 9, 10, 11, 15
_PERMISSIONS = 0x3F2B0000
"""Whoever holds the keyring: all; the same account: look, read, search, set the time. Others: nothing."""
LONGEST = 1024


class KernelKeys:
    """Keys of this account by name. Any thread.

    Args:
        machine: kind of processor.
        syscall: how the kernel is called.
    """

    def __init__(self, machine: str | None = None, syscall: Syscall | None = None) -> None:
        known = NUMBERS.get(platform.machine() if machine is None else machine)
        self._numbers = known if sys.platform.startswith("linux") else None
        self._syscall = syscall if syscall is not None else _libc()

    def works(self) -> bool:
        """Whether the kernel keeps a key and gives it back: tried with one of no use."""
        name, data = f"clinicam:try:{secrets.token_hex(8)}", secrets.token_bytes(32)
        kept = self.put(name, data, 60) and self.read(name) == data
        self.drop(name)
        return kept

    def put(self, name: str, data: bytes, seconds: int) -> bool:
        """Keep `data` under `name` for so long, in place of what was there. False where it could not be; then nothing is."""
        if self._numbers is None or self._syscall is None:
            return False
        buffer = ctypes.create_string_buffer(data, len(data))
        key = self._syscall(
            self._numbers[0],
            ctypes.c_char_p(_KEY_TYPE),
            ctypes.c_char_p(name.encode()),
            buffer,
            ctypes.c_size_t(len(data)),
            ctypes.c_int(USER_KEYRING),
        )
        ctypes.memset(buffer, 0, len(data))
        if key < 0:
            return False
        if self._keyctl(_SET_TIMEOUT, key, seconds) < 0 or self._keyctl(_SETPERM, key, _PERMISSIONS) < 0:
            self._remove(key)  # without its time it must not stay
            return False
        return True

    def read(self, name: str) -> bytes | None:
        """What is kept under `name`; None when it is gone, or its time is over."""
        key = self._find(name)
        if key < 0:
            return None
        buffer = ctypes.create_string_buffer(LONGEST)
        length = self._keyctl(_READ, key, buffer, LONGEST)
        if not 0 <= length <= LONGEST:
            return None
        data = buffer.raw[:length]
        ctypes.memset(buffer, 0, LONGEST)
        return data

    def drop(self, name: str) -> None:
        """Keep `name` no longer. Nothing happens where it is not kept."""
        key = self._find(name)
        if key >= 0:
            self._remove(key)

    def _remove(self, key: int) -> None:
        self._keyctl(_REVOKE, key)  # gives the bytes up at once, where unlinking leaves them to the next clearing
        self._keyctl(_UNLINK, key, USER_KEYRING)

    def _find(self, name: str) -> int:
        return self._keyctl(
            _SEARCH, USER_KEYRING, ctypes.c_char_p(_KEY_TYPE), ctypes.c_char_p(name.encode()), ctypes.c_int(0)
        )

    def _keyctl(self, operation: int, *args: object) -> int:
        if self._numbers is None or self._syscall is None:
            return -1
        given = [ctypes.c_long(one) if isinstance(one, int) else one for one in args]
        return self._syscall(self._numbers[1], ctypes.c_int(operation), *given)


def _libc() -> Syscall | None:
    """syscall(2) of the C library; None where there is none."""
    found = getattr(ctypes.CDLL(None), "syscall", None)
    if found is None:
        return None
    found.restype = ctypes.c_long

    def call(number: int, *args: object) -> int:
        return int(found(ctypes.c_long(number), *args))

    return call
