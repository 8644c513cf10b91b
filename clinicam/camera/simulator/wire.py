# SPDX-License-Identifier: GPL-3.0-or-later
"""PTP/IP packets on one TCP connection: framing, limits, and the speed limit of the link.

Every packet is ``u32 length, u32 type, payload``, little endian; the length counts all of it (CIPA DC-005). What arrives is
untrusted: lengths and types are checked before anything is read or stored.
"""

from __future__ import annotations

import select
import socket
import struct
import threading
import time
from collections.abc import Callable
from enum import IntEnum

from clinicam.errors import CameraFault, CameraLost

LONGEST_PACKET = 256 * 1024
"""Bytes. A host sends requests and small property values; anything longer is nonsense or an attack."""

_BLOCK = 256 * 1024
"""Bytes per data packet when the link has no speed limit."""

_BEAT = 0.02
"""Seconds between two data packets of a link with a speed limit; the host gives up after 2.5 s of silence."""


class PacketType(IntEnum):
    """Types of PTP/IP packets."""

    INIT_COMMAND_REQUEST = 1
    INIT_COMMAND_ACK = 2
    INIT_EVENT_REQUEST = 3
    INIT_EVENT_ACK = 4
    INIT_FAIL = 5
    REQUEST = 6
    RESPONSE = 7
    EVENT = 8
    START_DATA = 9
    DATA = 10
    CANCEL = 11
    END_DATA = 12
    PING = 13
    PONG = 14


class Pace:
    """The speed of the link in bytes per second; 0 is as fast as it goes. May be changed while data flows; any thread."""

    def __init__(self, bytes_per_second: int = 0) -> None:
        self.bytes_per_second = bytes_per_second


class Link:
    """One connection of a host. Read and write from one thread; `cut` from any."""

    def __init__(self, sock: socket.socket, pace: Pace) -> None:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._pace = pace
        self.severed = threading.Event()
        """Set once the connection is over; waits inside the body end with it."""
        self.finished = threading.Event()
        """Set once its thread is done with the body."""

    def patience(self, seconds: float | None) -> None:
        """How long `read` waits before it takes the host for gone; None is for ever."""
        self._sock.settimeout(seconds)

    def read(self) -> tuple[PacketType, bytes]:
        """The next packet's type and payload.

        Raises:
            CameraLost: the host is gone.
            CameraFault: not a PTP/IP packet, or longer than `LONGEST_PACKET`.
        """
        length, kind = struct.unpack("<II", self._exactly(8))
        if not 8 <= length <= LONGEST_PACKET:
            raise CameraFault(f"packet of {length} bytes")
        try:
            known = PacketType(kind)
        except ValueError as unknown:
            raise CameraFault(f"packet type {kind}") from unknown
        return known, self._exactly(length - 8)

    def send(self, kind: PacketType, payload: bytes = b"") -> None:
        """Write one small packet. Raises `CameraLost` when the host is gone."""
        self._write(struct.pack("<II", 8 + len(payload), kind) + payload)

    def send_data(self, transaction: int, data: bytes, sent: Callable[[int], None]) -> None:
        """Write a whole data phase, in dribbles when the link has a speed limit.

        `sent` hears the count of bytes written so far after each packet and may cut the link.

        Raises:
            CameraLost: the host is gone, or the link was cut half way.
        """
        self.send(PacketType.START_DATA, struct.pack("<IQ", transaction, len(data)))
        view, done, began, budget = memoryview(data), 0, time.monotonic(), 0.0
        while len(data) - done > self._block():
            block = self._block()
            self._write(struct.pack("<III", 12 + block, PacketType.DATA, transaction), view[done : done + block])
            done += block
            sent(done)
            budget += self._seconds(block)
            self._rest(began + budget)
        last = len(data) - done
        self._rest(began + budget + self._seconds(last))
        self._write(struct.pack("<III", 12 + last, PacketType.END_DATA, transaction), view[done:])
        sent(len(data))

    def host_is_gone(self) -> bool:
        """True when the other side has closed, even with unread requests still in the queue. Any thread."""
        if self.severed.is_set():
            return True
        poll = select.poll()
        try:
            poll.register(self._sock, select.POLLRDHUP)
        except (OSError, ValueError):
            return True
        return bool(poll.poll(0))

    def cut(self) -> None:
        """End the connection now, whatever its thread is doing. Any thread."""
        self.severed.set()
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # the host was faster

    def close(self) -> None:
        """Give the socket back. Only its own thread, when done."""
        self.severed.set()
        self._sock.close()
        self.finished.set()

    def _block(self) -> int:
        rate = self._pace.bytes_per_second
        return min(_BLOCK, max(1, int(rate * _BEAT))) if rate > 0 else _BLOCK

    def _seconds(self, count: int) -> float:
        rate = self._pace.bytes_per_second
        return count / rate if rate > 0 else 0.0

    def _rest(self, until: float) -> None:
        """Sleep until the monotonic second `until`; a cut link wakes it."""
        pause = until - time.monotonic()
        if pause > 0 and self.severed.wait(pause):
            raise CameraLost("cut while sending")

    def _write(self, *parts: bytes | memoryview) -> None:
        try:
            for part in parts:
                self._sock.sendall(part)
        except OSError as gone:
            raise CameraLost("host gone while sending") from gone

    def _exactly(self, count: int) -> bytes:
        got = bytearray()
        while len(got) < count:
            try:
                piece = self._sock.recv(count - len(got))
            except OSError as gone:
                raise CameraLost("host gone") from gone
            if not piece:
                raise CameraLost("host gone")
            got += piece
        return bytes(got)
