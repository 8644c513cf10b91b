# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way one file can be damaged, and the one thing that may come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clinicam.errors import Corrupt, UnsupportedFormat, WrongPassword

Opener = Callable[[bytes], object]


def flips(data: bytes, step: int = 1) -> Iterator[bytes]:
    """`data` with one bit of one byte turned, another bit in each byte."""
    for at in range(0, len(data), step):
        yield data[:at] + bytes((data[at] ^ (1 << at % 8),)) + data[at + 1 :]


def every_bit(data: bytes) -> Iterator[bytes]:
    """`data` with one bit turned, each in its turn."""
    for at in range(8 * len(data)):
        yield data[: at // 8] + bytes((data[at // 8] ^ (1 << at % 8),)) + data[at // 8 + 1 :]


def cuts(data: bytes, step: int = 1) -> Iterator[bytes]:
    """Every proper beginning of `data`."""
    for length in range(0, len(data), step):
        yield data[:length]


def additions(data: bytes) -> Iterator[bytes]:
    """`data` with something behind it, before it, or twice."""
    yield data + b"\0"
    yield data + b"\xff"
    yield data + data
    yield data + b"\0" * 4096
    yield b"\0" + data
    yield data[1:]


def all_damage(data: bytes, step: int = 1) -> Iterator[bytes]:
    """All of it."""
    yield from flips(data, step)
    yield from cuts(data, step)
    yield from additions(data)


def undetected(damaged: Iterator[bytes], opener: Opener) -> list[int]:
    """The numbers of those that opened. Any other error than the three permitted escapes."""
    opened = []
    for number, data in enumerate(damaged):
        try:
            opener(data)
        except (Corrupt, UnsupportedFormat, WrongPassword):
            continue
        opened.append(number)
    return opened
