# SPDX-License-Identifier: GPL-3.0-or-later
"""The sockets of the body: one loopback port, on which a host opens a command and an event connection.

A thread per connection. One host at a time: a second one is refused while the first is there, and takes over as soon as
the first has gone, even if its thread still waits in a hanging operation.
"""

from __future__ import annotations

import ipaddress
import logging
import socket
import struct
import threading

from clinicam.camera.simulator.body import Body
from clinicam.camera.simulator.operations import Operations, Reply, Request
from clinicam.camera.simulator.ptp import Op
from clinicam.camera.simulator.wire import Link, Pace, PacketType
from clinicam.errors import CameraFault, CameraLost, CameraRefused

_log = logging.getLogger(__name__)

_GUID = b"CliniCam bench 1"
_VERSION = 0x00010000
_LARGEST_VALUE = 64 * 1024
"""Bytes a host may send as the value of a property."""
_GREETING_S = 5.0
"""Seconds a new connection has to say what it is."""
_SENDS_DATA = 2
"""Data phase of a request: the host sends."""


class Responder:
    """Listens and serves. `start` from any thread; `close` joins every thread it made.

    Raises:
        CameraRefused: `host` is not a loopback address: a simulated body is never offered to a network.
    """

    def __init__(self, body: Body, pace: Pace, *, host: str, port: int, model: str, serial: str) -> None:
        if not _is_loopback(host):
            raise CameraRefused("the simulator listens on loopback only")
        self._body = body
        self._pace = pace
        self._model = model
        self._serial = serial
        self._listener = socket.create_server((host, port), backlog=16)
        self.port: int = self._listener.getsockname()[1]
        self._lock = threading.Lock()
        self._command: Link | None = None
        self._links: set[Link] = set()
        self._threads: set[threading.Thread] = set()
        self._closing = False
        self._acceptor = threading.Thread(target=self._accept, name="accept")
        self.malformed = 0
        """connections ended because of what they sent"""

    def start(self) -> None:
        """Begin to listen."""
        self._acceptor.start()

    def unplug(self) -> None:
        """Pull the cable: every connection is cut, and none is served until `plug`."""
        with self._lock:
            self._body.plugged = False
            for link in self._links:
                link.cut()

    def plug(self) -> None:
        """Put the cable back."""
        with self._lock:
            self._body.plugged = True

    def close(self) -> None:
        """Stop listening, cut everything, join the threads."""
        self._closing = True
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._acceptor.is_alive():
            self._acceptor.join()
        with self._lock:
            for link in self._links:
                link.cut()
            threads = tuple(self._threads)
        for thread in threads:
            thread.join()

    # Connections

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                if self._closing or not self._body.plugged:
                    sock.close()
                    continue
                link = Link(sock, self._pace)
                self._links.add(link)
                thread = threading.Thread(target=self._serve, args=(link,), name="host")
                self._threads = {one for one in self._threads if one.is_alive()}
                self._threads.add(thread)
                thread.start()

    def _serve(self, link: Link) -> None:
        """One connection from greeting to end; nothing a host sends gets past here."""
        try:
            link.patience(_GREETING_S)
            kind, payload = link.read()
            if kind is PacketType.INIT_COMMAND_REQUEST and len(payload) >= 16:
                self._serve_commands(link)
            elif kind is PacketType.INIT_EVENT_REQUEST and len(payload) == 4:
                self._serve_events(link)
            else:
                raise CameraFault(f"greeting of type {kind.value}")
        except CameraLost:
            _log.debug("host gone")
        except CameraFault as fault:
            self.malformed += 1
            _log.info("connection ended: %s", fault.detail)
        finally:
            with self._lock:
                self._links.discard(link)
                if self._command is link:
                    self._command = None
            link.close()

    def _serve_commands(self, link: Link) -> None:
        if not self._take_over(link):
            link.send(PacketType.INIT_FAIL, struct.pack("<I", 2))
            return
        link.patience(None)
        name = (self._model + "\0").encode("utf-16-le")
        link.send(PacketType.INIT_COMMAND_ACK, struct.pack("<I", 1) + _GUID + name + struct.pack("<I", _VERSION))
        operations = Operations(self._body, model=self._model, serial=self._serial)
        try:
            while True:
                self._one_operation(link, operations)
        finally:
            operations.end()

    def _take_over(self, link: Link) -> bool:
        """Become the command connection; False while another host is really there."""
        with self._lock:
            before = self._command
            if before is not None and not before.host_is_gone():
                return False
            self._command = link
        if before is not None:
            before.cut()
            before.finished.wait()  # its farewell to the body must come before our greeting
        return True

    def _serve_events(self, link: Link) -> None:
        """Nikon hosts ask for events over the command connection; this one only has to stay open."""
        link.patience(None)
        link.send(PacketType.INIT_EVENT_ACK)
        while True:
            kind, _ = link.read()
            if kind is PacketType.PING:
                link.send(PacketType.PONG)

    # Operations

    def _one_operation(self, link: Link, operations: Operations) -> None:
        kind, payload = link.read()
        if kind is PacketType.PING:
            link.send(PacketType.PONG)
            return
        if kind is PacketType.CANCEL:
            return
        if kind is not PacketType.REQUEST:
            raise CameraFault(f"packet of type {kind.value} instead of a request")
        request = _read_request(link, payload)
        arrived = self._body.log.arrived()
        self._body.wait_while_hanging(link.severed)
        reply = operations.answer(request)
        sent = 0 if reply.data is None else len(reply.data)
        self._body.log.add(arrived, request.code, _name(request.code), request.params, reply.code, sent)
        if reply.data is not None:
            link.send_data(request.transaction, reply.data, self._watch(link, reply))
            if reply.delivered is not None:
                reply.delivered()
        params = struct.pack(f"<{len(reply.params)}I", *reply.params)
        link.send(PacketType.RESPONSE, struct.pack("<HI", reply.code, request.transaction) + params)

    def _watch(self, link: Link, reply: Reply) -> _Scissors:
        return _Scissors(self, self._body, link if reply.is_file else None)


class _Scissors:
    """Pulls the cable after so many bytes of a file, if the body was told to."""

    def __init__(self, responder: Responder, body: Body, link: Link | None) -> None:
        self._responder = responder
        self._body = body
        self._link = link

    def __call__(self, done: int) -> None:
        if self._link is None:
            return
        with self._body.lock:
            after = self._body.faults.cut_after
            if after is None or done < after:
                return
            self._body.faults.cut_after = None
        self._responder.unplug()
        raise CameraLost("the cable came off")


def _read_request(link: Link, payload: bytes) -> Request:
    """Parse a request and, when the host announces data, read that too."""
    if len(payload) < 10 or (len(payload) - 10) % 4 or len(payload) > 30:
        raise CameraFault(f"request of {len(payload)} bytes")
    phase, code, transaction = struct.unpack_from("<IHI", payload)
    params = struct.unpack_from(f"<{(len(payload) - 10) // 4}I", payload, 10)
    data = _read_data(link, transaction) if phase == _SENDS_DATA else b""
    return Request(code, transaction, params, data)


def _read_data(link: Link, transaction: int) -> bytes:
    kind, payload = link.read()
    if kind is not PacketType.START_DATA or len(payload) not in {8, 12}:
        raise CameraFault("data announced but not sent")
    got = bytearray()
    while kind is not PacketType.END_DATA:
        kind, payload = link.read()
        if kind not in {PacketType.DATA, PacketType.END_DATA} or len(payload) < 4:
            raise CameraFault("data phase broken")
        if struct.unpack_from("<I", payload)[0] != transaction:
            raise CameraFault("data of another transaction")
        got += payload[4:]
        if len(got) > _LARGEST_VALUE:
            raise CameraFault("value too long")
    return bytes(got)


def _name(code: int) -> str:
    try:
        return Op(code).name.lower()
    except ValueError:
        return f"{code:#06x}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
