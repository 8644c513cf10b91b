# SPDX-License-Identifier: GPL-3.0-or-later
"""The socket pair: whole messages out of any fragments, and nothing but messages."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.camera.channel import MAX_PAYLOAD, MAX_STRUCT, Channel, ChannelClosed, host_end, pair, worker_end
from clinicam.camera.messages import Beat, HostMessage, LivePicture, Part, Pulse, WorkerMessage
from clinicam.identity import new_id


@pytest.fixture
def ends() -> Iterator[tuple[Channel[WorkerMessage], Channel[HostMessage]]]:
    ours, theirs = pair()
    host, worker = host_end(ours), worker_end(theirs.detach())
    yield host, worker
    host.close()
    worker.close()


@pytest.fixture
def naked() -> Iterator[tuple[Channel[WorkerMessage], socket.socket]]:
    ours, theirs = pair()
    host = host_end(ours)
    yield host, theirs
    host.close()
    theirs.close()


def test_messages_cross_both_ways(ends: tuple[Channel[WorkerMessage], Channel[HostMessage]]) -> None:
    host, worker = ends
    host.post(Beat(1, new_id()))
    host.post(Beat(2, None))
    first = worker.receive(1)
    assert first is not None
    assert isinstance(first[0], Beat)
    assert worker.receive(1) == (Beat(2, None), bytearray())
    assert worker.receive(0) is None
    worker.send(Pulse(2))
    assert host.receive(1) == (Pulse(2), bytearray())


def test_a_large_payload_arrives_in_its_own_buffer(
    ends: tuple[Channel[WorkerMessage], Channel[HostMessage]],
) -> None:
    host, worker = ends
    picture = bytes(range(256)) * 100_000
    sender = threading.Thread(target=worker.send, args=(Part(new_id(), "a.jpg", "image/jpeg"), picture))
    sender.start()
    received = host.receive(5)
    sender.join()
    assert received is not None
    assert received[1] == picture
    assert host.receive(0) is None


@settings(max_examples=30, deadline=None)
@given(cuts=st.lists(st.integers(1, 60), max_size=8))
def test_fragments_are_put_together(cuts: list[int]) -> None:
    ours, theirs = pair()
    host = host_end(ours)
    body = msgspec.msgpack.encode(LivePicture())
    stream = struct.pack("<II", len(body), 50) + body + b"x" * 50 + struct.pack("<II", len(body), 0) + body
    heard: list[tuple[WorkerMessage, bytes]] = []
    try:
        for cut in [*cuts, len(stream)]:
            piece, stream = stream[:cut], stream[cut:]
            if piece:
                theirs.send(piece)
            while (received := host.receive(0)) is not None:
                heard.append((received[0], bytes(received[1])))
        assert heard == [(LivePicture(), b"x" * 50), (LivePicture(), b"")]
    finally:
        host.close()
        theirs.close()


@pytest.mark.parametrize(
    "nonsense",
    [
        struct.pack("<II", 0, 0),
        struct.pack("<II", MAX_STRUCT + 1, 0),
        struct.pack("<II", 5, MAX_PAYLOAD + 1),
        struct.pack("<II", 4, 0) + b"\xff" * 4,
        struct.pack("<II", len(msgspec.msgpack.encode({"type": "Nothing"})), 0)
        + msgspec.msgpack.encode({"type": "Nothing"}),
        struct.pack("<II", len(msgspec.msgpack.encode(Beat(1, None))), 0) + msgspec.msgpack.encode(Beat(1, None)),
    ],
    ids=["empty", "struct too long", "payload too long", "no MessagePack", "unknown message", "the other language"],
)
def test_what_is_no_message_closes_the_channel(
    naked: tuple[Channel[WorkerMessage], socket.socket], nonsense: bytes
) -> None:
    host, theirs = naked
    theirs.send(nonsense)
    with pytest.raises(ChannelClosed):
        host.receive(1)


def test_the_end_in_the_middle_of_a_frame_is_an_end(naked: tuple[Channel[WorkerMessage], socket.socket]) -> None:
    host, theirs = naked
    body = msgspec.msgpack.encode(LivePicture())
    theirs.send(struct.pack("<II", len(body), 1000) + body + b"half")
    assert host.receive(0) is None
    theirs.close()
    with pytest.raises(ChannelClosed):
        host.receive(1)


def test_posting_to_the_deaf_does_not_wait(naked: tuple[Channel[WorkerMessage], socket.socket]) -> None:
    host, _ = naked

    def talk_on() -> None:
        for number in range(1_000_000):
            host.post(Beat(number, new_id()))

    with pytest.raises(ChannelClosed):
        talk_on()


def test_sending_to_the_dead_says_so(naked: tuple[Channel[WorkerMessage], socket.socket]) -> None:
    host, theirs = naked
    theirs.close()
    with pytest.raises(ChannelClosed):
        host.post(Beat(1, None))
    with pytest.raises(ChannelClosed):
        host.send(Beat(1, None), b"x" * 10)


def test_ids_of_the_wrong_length_are_refused(naked: tuple[Channel[WorkerMessage], socket.socket]) -> None:
    host, theirs = naked
    body = msgspec.msgpack.encode(Part(b"short", "a", "b"))
    theirs.send(struct.pack("<II", len(body), 0) + body)
    with pytest.raises(ChannelClosed):
        host.receive(1)
