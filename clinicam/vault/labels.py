# SPDX-License-Identifier: GPL-3.0-or-later
"""How fields are joined, and `Cursor`, the one reader of untrusted bytes. Big-endian throughout (vault.md 2.3)."""

from __future__ import annotations

from clinicam.errors import Corrupt, UnsupportedFormat

ID = 16
"""Length of every id: vault, user, writer, patient, session, object, row, key."""
HASH = 32
ZERO_ID = b"\0" * ID
ZERO_HASH = b"\0" * HASH


def L(name: str) -> bytes:
    """The domain label of `name`: no two uses of a key, hash or signature share one."""
    return b"clinicam/1 " + name.encode("ascii") + b"\0"


def LP(field: bytes) -> bytes:
    """`field` behind its u32 length."""
    return len(field).to_bytes(4, "big") + field


class Cursor:
    """Takes fields off the front of untrusted bytes; anything short or left over is `Corrupt`.

    `what` names the structure for the error. Nothing is allocated beyond the bytes given.
    """

    def __init__(self, data: bytes | bytearray | memoryview, what: str) -> None:
        self._view = memoryview(data)
        self._what = what
        self.position = 0

    @property
    def left(self) -> int:
        """Bytes not yet taken."""
        return len(self._view) - self.position

    def damaged(self, why: str) -> Corrupt:
        """An error to raise that names this structure."""
        return Corrupt(f"{self._what}: {why}")

    def magic(self, expected: bytes, version_at: int = 7) -> None:
        """Take the first bytes of a file.

        Raises:
            UnsupportedFormat: only the version byte is another, and higher.
            Corrupt: anything else.
        """
        found = self.take(len(expected))
        if found == expected:
            return
        same = found[:version_at] == expected[:version_at] and found[version_at + 1 :] == expected[version_at + 1 :]
        if same and found[version_at] > expected[version_at]:
            raise UnsupportedFormat(f"{self._what}: version {found[version_at]}")
        raise self.damaged("not this kind of file")

    def take(self, length: int) -> bytes:
        """The next `length` bytes, copied."""
        return bytes(self.view(length))

    def view(self, length: int) -> memoryview:
        """The next `length` bytes, not copied."""
        if length > self.left:
            raise self.damaged("too short")
        start = self.position
        self.position += length
        return self._view[start : self.position]

    def number(self, width: int) -> int:
        """An unsigned integer of `width` bytes."""
        return int.from_bytes(self.view(width), "big")

    def u8(self) -> int:
        """One byte."""
        return self.number(1)

    def u16(self) -> int:
        """Two bytes."""
        return self.number(2)

    def u32(self) -> int:
        """Four bytes."""
        return self.number(4)

    def u64(self) -> int:
        """Eight bytes."""
        return self.number(8)

    def id(self) -> bytes:
        """Sixteen bytes."""
        return self.take(ID)

    def prefixed(self) -> bytes:
        """A field behind its u32 length."""
        return self.take(self.u32())

    def zeros(self, length: int) -> None:
        """Take bytes that must be zero."""
        if any(self.view(length)):
            raise self.damaged("reserved bytes are not zero")

    def same(self, expected: bytes, field: str) -> None:
        """Take bytes that must be `expected`."""
        if self.take(len(expected)) != expected:
            raise self.damaged(f"another {field}")

    def taken_since(self, start: int) -> bytes:
        """What was taken from position `start` on."""
        return bytes(self._view[start : self.position])

    def end(self) -> None:
        """Nothing may be left."""
        if self.left:
            raise self.damaged("bytes after the end")
