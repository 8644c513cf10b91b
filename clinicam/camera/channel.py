# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket pair between window process and camera process: one struct and, for pictures, the bytes right behind it.

Every message is ``u32 struct length | u32 payload length | struct (MessagePack) | payload``, little endian. A payload is
received straight into a buffer made for it, so a 25 MB frame costs one copy. Nothing here trusts the other side: lengths
are bounded, structs are decoded strictly, and anything unexpected closes the channel.
"""

from __future__ import annotations

import array
import contextlib
import fcntl
import select
import socket
import struct
import termios
import threading
from typing import Generic, TypeVar

import msgspec

from clinicam.camera.messages import HostMessage, WorkerMessage

MAX_STRUCT = 64 * 1024
MAX_PAYLOAD = 512 * 1024 * 1024
_BUFFER = 4 * 1024 * 1024
_HEAD = struct.Struct("<II")
_EMPTY = bytearray()

Inbound = TypeVar("Inbound")


class ChannelClosed(Exception):
    """The other side is gone, or said something it must not say."""


class Channel(Generic[Inbound]):
    """One end. Any thread may send; one thread receives.

    Use `host_end` or `worker_end`, which fix the language of each side.
    """

    def __init__(self, sock: socket.socket, inbound: msgspec.msgpack.Decoder[Inbound]) -> None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
        self._sock = sock
        self._decoder = inbound
        self._encoder = msgspec.msgpack.Encoder()
        self._sending = threading.Lock()
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._head = bytearray(_HEAD.size)
        self._target = memoryview(self._head)
        self._filled = 0
        self._body: bytearray | None = None
        self._payload: bytearray | None = None

    def send(self, message: HostMessage | WorkerMessage, payload: bytes | bytearray | memoryview = b"") -> None:
        """Send all of it, however long the other side takes.

        Raises:
            ChannelClosed: the other side is gone.
        """
        body = self._encoder.encode(message)
        try:
            with self._sending:
                self._sock.sendall(_HEAD.pack(len(body), len(payload)) + body)
                if len(payload):
                    self._sock.sendall(payload)
        except OSError as broken:
            raise ChannelClosed(broken.strerror) from broken

    def post(self, message: HostMessage) -> None:
        """Send a small message without ever waiting; for the thread that draws.

        Raises:
            ChannelClosed: the other side is gone, or has not read for so long that the buffer is full.
        """
        body = self._encoder.encode(message)
        whole = _HEAD.pack(len(body), 0) + body
        try:
            with self._sending:
                sent = self._sock.send(whole, socket.MSG_DONTWAIT)
        except OSError as broken:
            raise ChannelClosed(broken.strerror) from broken
        if sent != len(whole):
            raise ChannelClosed("the other side does not read")

    def unread(self) -> int:
        """Bytes sent that the other side has not read yet; 0 where the system does not tell."""
        answer = array.array("i", [0])
        try:
            fcntl.ioctl(self._sock, termios.TIOCOUTQ, answer)
        except OSError:
            return 0
        return answer[0]

    def receive(self, timeout_s: float) -> tuple[Inbound, bytearray] | None:
        """The next message and its payload (empty for most), or None when `timeout_s` passed first.

        A message that is cut by the timeout is continued by the next call: a stalled sender cannot hold the receiver.

        Raises:
            ChannelClosed: end of stream, or bytes that are not a message of the other side.
        """
        while True:
            while self._filled < len(self._target):
                try:
                    got = self._sock.recv_into(self._target[self._filled :], 0, socket.MSG_DONTWAIT)
                except BlockingIOError:
                    if not self._poll.poll(int(timeout_s * 1000)):
                        return None
                    continue
                except OSError as broken:
                    raise ChannelClosed(broken.strerror) from broken
                if got == 0:
                    raise ChannelClosed("end of stream")
                self._filled += got
            whole = self._advance()
            if whole is not None:
                return whole

    def _advance(self) -> tuple[Inbound, bytearray] | None:
        """Head, struct or payload is complete: aim at what follows, or give the whole message out."""
        if self._body is None:
            untrusted_body, untrusted_payload = _HEAD.unpack(self._head)
            if not 0 < untrusted_body <= MAX_STRUCT or untrusted_payload > MAX_PAYLOAD:
                raise ChannelClosed("impossible length")
            self._body = bytearray(untrusted_body)
            self._payload = bytearray(untrusted_payload) if untrusted_payload else _EMPTY
            self._aim(self._body)
            return None
        if self._target.obj is self._body and self._payload:
            self._aim(self._payload)
            return None
        body, payload = self._body, self._payload if self._payload is not None else _EMPTY
        self._body = self._payload = None
        self._aim(self._head)
        try:
            return self._decoder.decode(body), payload if payload else bytearray()
        except msgspec.MsgspecError as wrong:
            raise ChannelClosed("not a message of the other side") from wrong

    def _aim(self, buffer: bytearray) -> None:
        self._target = memoryview(buffer)
        self._filled = 0

    def close(self) -> None:
        """Close this end. The thread in `receive`, if any, sees the end of the stream."""
        with contextlib.suppress(OSError):  # the other side closed first
            self._sock.shutdown(socket.SHUT_RDWR)
        self._sock.close()


def pair() -> tuple[socket.socket, socket.socket]:
    """Two connected ends; the second is to be inherited by the camera process and closed here."""
    return socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)


def host_end(sock: socket.socket) -> Channel[WorkerMessage]:
    """The window process's end."""
    return Channel(sock, msgspec.msgpack.Decoder(WorkerMessage))


def worker_end(fd: int) -> Channel[HostMessage]:
    """The camera process's end, from the descriptor it inherited."""
    return Channel(socket.socket(fileno=fd), msgspec.msgpack.Decoder(HostMessage))
