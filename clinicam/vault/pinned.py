# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeping secrets out of swap and core files, as far as the kernel lets us. Best effort: what cannot be had is not an error.

Python copies bytes as it likes; what is pinned here are the objects that live as long as the vault is open. The copies
are why lock ends the process.
"""

from __future__ import annotations

import ctypes
import mmap

_MADV_DONTDUMP = 16
NEEDED = 1024 * 1024
"""Bytes of locked memory an open vault asks for at most: its first keys, and a page or two for each bag of them."""


def pin(*secrets: bytes | bytearray) -> int:
    """Lock the pages that hold `secrets` into memory and leave them out of core files. How many could be locked.

    A core file without a page lacks what else was in that page too, which nobody misses: there are no core files. A
    locked page stays so until the process ends. Any thread.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    return sum(_pin(libc, secret) for secret in secrets if secret)


def _pin(libc: ctypes.CDLL, secret: bytes | bytearray) -> bool:
    address, length = address_of(secret), len(secret)
    page = mmap.PAGESIZE
    first, stop = address // page * page, -(-(address + length) // page) * page
    libc.madvise(ctypes.c_void_p(first), ctypes.c_size_t(stop - first), _MADV_DONTDUMP)
    locked: int = libc.mlock(ctypes.c_void_p(address), ctypes.c_size_t(length))
    return locked == 0


def address_of(secret: bytes | bytearray) -> int:
    """Where its bytes lie."""
    if isinstance(secret, bytearray):
        return ctypes.addressof((ctypes.c_char * len(secret)).from_buffer(secret))
    return ctypes.cast(ctypes.c_char_p(secret), ctypes.c_void_p).value or 0
