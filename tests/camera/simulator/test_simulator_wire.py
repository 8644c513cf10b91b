# SPDX-License-Identifier: GPL-3.0-or-later
"""Sockets and packets: loopback only, one host at a time, and nothing a peer sends can hurt the body."""

from __future__ import annotations

import io
import socket
import struct
import threading
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinicam.camera.simulator import door, ptp
from clinicam.camera.simulator.body import Body
from clinicam.camera.simulator.picture import Exposure, Shot
from clinicam.camera.simulator.responder import Responder
from clinicam.camera.simulator.wire import LONGEST_PACKET, Pace, PacketType
from clinicam.errors import CameraRefused

_HELLO = bytes(16) + "host\0".encode("utf-16-le") + struct.pack("<I", 0x10000)


class FakeStudio:
    """Two bytes for every picture."""

    def still(self, shot: Shot) -> Exposure:
        return Exposure(b"\xff\xd8", b"II" if shot.raw else None, 3, 2)

    def live(self) -> bytes:
        return b"\xff\xd8\xff\xd9"


class Peer:
    """A raw connection."""

    def __init__(self, port: int) -> None:
        self.sock = socket.create_connection(("127.0.0.1", port), timeout=5)

    def send(self, kind: int, payload: bytes = b"") -> None:
        self.sock.sendall(struct.pack("<II", 8 + len(payload), kind) + payload)

    def read(self) -> tuple[int, bytes] | None:
        """One packet, or None when the body has hung up."""
        head = self._exactly(8)
        if head is None:
            return None
        length, kind = struct.unpack("<II", head)
        payload = self._exactly(length - 8)
        return None if payload is None else (kind, payload)

    def ask(self, code: int, *params: int, tid: int = 1) -> tuple[int, bytes]:
        """One operation without data to the body: its response code and data."""
        self.send(PacketType.REQUEST, struct.pack(f"<IHI{len(params)}I", 1, code, tid, *params))
        data = b""
        while True:
            packet = self.read()
            assert packet is not None
            kind, payload = packet
            if kind == PacketType.RESPONSE:
                assert struct.unpack_from("<I", payload, 2)[0] == tid
                return struct.unpack_from("<H", payload)[0], data
            if kind in {PacketType.DATA, PacketType.END_DATA}:
                data += payload[4:]

    def greet(self) -> None:
        self.send(PacketType.INIT_COMMAND_REQUEST, _HELLO)
        packet = self.read()
        assert packet is not None
        assert packet[0] == PacketType.INIT_COMMAND_ACK

    def hung_up(self) -> bool:
        try:
            return self.read() is None
        except ConnectionError:
            return True

    def close(self) -> None:
        self.sock.close()

    def _exactly(self, count: int) -> bytes | None:
        got = b""
        while len(got) < count:
            piece = self.sock.recv(count - len(got))
            if not piece:
                return None
            got += piece
        return got


class Bench:
    """A body in this process."""

    def __init__(self) -> None:
        before = threading.active_count()
        self.body = Body(FakeStudio())
        self.responder = Responder(self.body, Pace(), host="127.0.0.1", port=0, model="Bench", serial="1")
        self.responder.start()
        self._before = before
        self._peers: list[Peer] = []

    def peer(self, *, greeted: bool = False) -> Peer:
        peer = Peer(self.responder.port)
        self._peers.append(peer)
        if greeted:
            peer.greet()
        return peer

    def works(self) -> bool:
        """A fresh host still gets its device info."""
        peer = self.peer(greeted=True)
        code, data = peer.ask(ptp.Op.GET_DEVICE_INFO)
        peer.close()
        return code == ptp.Rc.OK and "Nikon".encode("utf-16-le") in data

    def close(self) -> None:
        for peer in self._peers:
            peer.close()
        self.responder.close()
        self.body.close()
        assert threading.active_count() == self._before


@pytest.fixture
def bench() -> Iterator[Bench]:
    one = Bench()
    yield one
    one.close()


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "::", "8.8.8.8", "localhost", "example.org", ""])  # noqa: S104
def test_only_loopback_addresses_are_listened_on(host: str) -> None:
    body = Body(FakeStudio())
    with pytest.raises(CameraRefused, match="loopback"):
        Responder(body, Pace(), host=host, port=0, model="Bench", serial="1")
    body.close()


def test_the_command_line_refuses_another_address(capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(["--host", "0.0.0.0"]) == 2  # noqa: S104
    assert "loopback only" in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert door.main(["--port", str(bench.responder.port)]) == 2
    assert '"ok":false' in capsys.readouterr().err


def test_the_event_connection_answers_pings(bench: Bench) -> None:
    peer = bench.peer()
    peer.send(PacketType.INIT_EVENT_REQUEST, struct.pack("<I", 1))
    assert peer.read() == (PacketType.INIT_EVENT_ACK, b"")
    peer.send(PacketType.PING)
    assert peer.read() == (PacketType.PONG, b"")


def test_operations_need_a_session(bench: Bench) -> None:
    peer = bench.peer(greeted=True)
    assert peer.ask(ptp.Op.GET_STORAGE_IDS)[0] == ptp.Rc.SESSION_NOT_OPEN
    assert peer.ask(ptp.Op.OPEN_SESSION, 1)[0] == ptp.Rc.OK
    assert peer.ask(ptp.Op.OPEN_SESSION, 1)[0] == ptp.Rc.SESSION_ALREADY_OPEN
    assert peer.ask(ptp.Op.GET_STORAGE_IDS)[0] == ptp.Rc.OK
    assert peer.ask(ptp.Op.CLOSE_SESSION)[0] == ptp.Rc.OK
    assert not bench.body.session_is_open


@pytest.mark.parametrize(
    ("code", "params", "answer"),
    [
        (0x100E, (), ptp.Rc.OPERATION_NOT_SUPPORTED),
        (0xFFFF, (), ptp.Rc.OPERATION_NOT_SUPPORTED),
        (ptp.Op.GET_OBJECT, (12345,), ptp.Rc.INVALID_OBJECT_HANDLE),
        (ptp.Op.GET_OBJECT_INFO, (), ptp.Rc.INVALID_OBJECT_HANDLE),
        (ptp.Op.DELETE_OBJECT, (7,), ptp.Rc.INVALID_OBJECT_HANDLE),
        (ptp.Op.GET_PARTIAL_OBJECT, (7, 0, 10), ptp.Rc.INVALID_OBJECT_HANDLE),
        (ptp.Op.GET_STORAGE_INFO, (1,), ptp.Rc.STORE_NOT_AVAILABLE),
        (ptp.Op.GET_OBJECT_HANDLES, (5, 0, 0), ptp.Rc.STORE_NOT_AVAILABLE),
        (ptp.Op.GET_NUM_OBJECTS, (0xFFFFFFFF, 0, 0), ptp.Rc.OK),
        (ptp.Op.GET_PROPERTY, (0xDEAD,), ptp.Rc.PROPERTY_NOT_SUPPORTED),
        (ptp.Op.GET_PROPERTY_DESCRIPTION, (0xDEAD,), ptp.Rc.PROPERTY_NOT_SUPPORTED),
        (ptp.Op.GET_LIVE_VIEW_IMAGE, (), ptp.Rc.NOT_LIVE_VIEW),
        (ptp.Op.INITIATE_CAPTURE, (0xFFFFFFFF, 0), ptp.Rc.STORE_NOT_AVAILABLE),
    ],
)
def test_what_cannot_be_done_is_answered(bench: Bench, code: int, params: tuple[int, ...], answer: int) -> None:
    peer = bench.peer(greeted=True)
    peer.ask(ptp.Op.OPEN_SESSION, 1)
    assert peer.ask(code, *params)[0] == answer


def _set(peer: Peer, code: int, *blocks: bytes, tid: int = 1, data_tid: int = 1) -> None:
    """A property write with a data phase of its own making."""
    peer.send(PacketType.REQUEST, struct.pack("<IHII", 2, ptp.Op.SET_PROPERTY, tid, code))
    peer.send(PacketType.START_DATA, struct.pack("<IQ", data_tid, sum(map(len, blocks))))
    for block in blocks[:-1]:
        peer.send(PacketType.DATA, struct.pack("<I", data_tid) + block)
    peer.send(PacketType.END_DATA, struct.pack("<I", data_tid) + blocks[-1])


@pytest.mark.parametrize(
    ("code", "blocks", "answer"),
    [
        (0x500F, (b"\x90", b"\x01"), ptp.Rc.OK),
        (0x500F, (b"\x91\x01",), ptp.Rc.INVALID_PROPERTY_VALUE),
        (0x5001, (b"\x05",), ptp.Rc.ACCESS_DENIED),
        (0xDEAD, (b"\x05",), ptp.Rc.PROPERTY_NOT_SUPPORTED),
        (0x5003, (ptp.text("3000x2000"),), ptp.Rc.OK),
        (0x5011, (ptp.text("20260101T000000"),), ptp.Rc.OK),
    ],
)
def test_values_are_checked(bench: Bench, code: int, blocks: tuple[bytes, ...], answer: int) -> None:
    peer = bench.peer(greeted=True)
    peer.ask(ptp.Op.OPEN_SESSION, 1)
    _set(peer, code, *blocks)
    packet = peer.read()
    assert packet is not None
    assert struct.unpack_from("<H", packet[1])[0] == answer


@pytest.mark.parametrize("blocks", [(b"\1\2\3",), (b"",), (b"x" * 50_000, b"y" * 50_000)])
def test_values_that_are_none_end_the_connection(bench: Bench, blocks: tuple[bytes, ...]) -> None:
    peer = bench.peer(greeted=True)
    peer.ask(ptp.Op.OPEN_SESSION, 1)
    _set(peer, 0x500F, *blocks)
    assert peer.hung_up()
    assert bench.works()


@pytest.mark.parametrize("text", [b"", b"\x05a\0", b"\x01\x00\xd8"])
def test_strings_that_are_none_end_the_connection(bench: Bench, text: bytes) -> None:
    peer = bench.peer(greeted=True)
    peer.ask(ptp.Op.OPEN_SESSION, 1)
    _set(peer, 0x5003, text)
    assert peer.hung_up()
    assert bench.works()


def test_data_of_another_transaction_ends_the_connection(bench: Bench) -> None:
    peer = bench.peer(greeted=True)
    peer.ask(ptp.Op.OPEN_SESSION, 1)
    _set(peer, 0x500F, b"\x90\x01", data_tid=9)
    assert peer.hung_up()


def test_announced_data_that_is_something_else_ends_the_connection(bench: Bench) -> None:
    for follow in ((PacketType.REQUEST, b""), (PacketType.START_DATA, b"123")):
        peer = bench.peer(greeted=True)
        peer.send(PacketType.REQUEST, struct.pack("<IHII", 2, ptp.Op.SET_PROPERTY, 1, 0x500F))
        peer.send(*follow)
        assert peer.hung_up()


@pytest.mark.parametrize(
    "raw",
    [
        struct.pack("<II", 0, 1),
        struct.pack("<II", 7, 1),
        struct.pack("<II", LONGEST_PACKET + 1, 1),
        struct.pack("<II", 0xFFFFFFFF, 6),
        struct.pack("<II", 8, 99),
        b"GET / HTTP/1.1\r\nHost: camera\r\n\r\n",
        bytes(64),
        struct.pack("<II", 8, 1),
        struct.pack("<II", 8, 3),
        struct.pack("<II", 8, 6),
    ],
)
def test_greetings_that_are_none(bench: Bench, raw: bytes) -> None:
    peer = bench.peer()
    peer.sock.sendall(raw)
    assert peer.hung_up()
    assert bench.works()
    assert bench.responder.malformed == 1


@pytest.mark.parametrize("size", [0, 4, 9, 11, 34])
def test_requests_of_a_wrong_size(bench: Bench, size: int) -> None:
    peer = bench.peer(greeted=True)
    peer.send(PacketType.REQUEST, bytes(size))
    assert peer.hung_up()
    assert bench.works()


def test_half_a_packet_and_gone(bench: Bench) -> None:
    peer = bench.peer(greeted=True)
    peer.sock.sendall(struct.pack("<II", 100, PacketType.REQUEST) + b"half")
    peer.close()
    assert bench.works()


def test_cancel_and_ping_between_operations(bench: Bench) -> None:
    peer = bench.peer(greeted=True)
    peer.send(PacketType.CANCEL, struct.pack("<I", 1))
    peer.send(PacketType.PING)
    assert peer.read() == (PacketType.PONG, b"")


def test_a_second_host_is_refused_and_takes_over_later(bench: Bench) -> None:
    first = bench.peer(greeted=True)
    second = bench.peer()
    second.send(PacketType.INIT_COMMAND_REQUEST, _HELLO)
    packet = second.read()
    assert packet is not None
    assert packet[0] == PacketType.INIT_FAIL
    first.close()
    assert bench.works()


def test_a_host_that_died_while_the_body_hung_is_replaced(bench: Bench) -> None:
    first = bench.peer(greeted=True)
    first.ask(ptp.Op.OPEN_SESSION, 1)
    bench.body.hang(hanging=True)
    first.send(PacketType.REQUEST, struct.pack("<IHI", 1, ptp.Op.GET_STORAGE_IDS, 2))
    first.close()
    second = bench.peer(greeted=True)  # while the body still hangs
    bench.body.hang(hanging=False)
    assert second.ask(ptp.Op.OPEN_SESSION, 1)[0] == ptp.Rc.OK
    assert bench.body.session_is_open  # the first one's farewell came before


def test_a_slow_link_sends_everything(bench: Bench) -> None:
    peer = bench.peer(greeted=True)
    peer.ask(ptp.Op.OPEN_SESSION, 1)
    info = peer.ask(ptp.Op.GET_DEVICE_INFO)[1]
    bench.responder._pace.bytes_per_second = 2000
    assert peer.ask(ptp.Op.GET_DEVICE_INFO)[1] == info


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(noise=st.binary(max_size=200), greeted=st.booleans())
def test_noise_never_brings_the_body_down(bench: Bench, noise: bytes, greeted: bool) -> None:
    peer = bench.peer(greeted=greeted)
    peer.sock.sendall(noise)
    peer.close()
    assert bench.works()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    code=st.one_of(st.sampled_from(list(ptp.Op)), st.integers(0, 0xFFFF)),
    params=st.lists(st.integers(0, 0xFFFFFFFF), max_size=5),
)
def test_every_operation_has_an_answer(bench: Bench, code: int, params: list[int]) -> None:
    peer = bench.peer(greeted=True)
    peer.ask(ptp.Op.OPEN_SESSION, 1)
    assert peer.ask(code, *params)[0] in set(ptp.Rc)
    peer.close()


def test_commands_are_read_until_there_are_no_more(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("\nstatus\nfly\nhelp\nscenes"))
    assert door.main(["--card", "--raw", "--scene", "skin-close"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert '"card":true' in lines[1]
    assert '"ok":false' in lines[2]
    assert "SK04" in lines[4]


def test_an_endless_line_ends_the_body(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("x" * 10_000 + "\nstatus\n"))
    assert door.main([]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
