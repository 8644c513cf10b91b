# SPDX-License-Identifier: GPL-3.0-or-later
"""Segments, the order of acts, and acts of two people."""

from __future__ import annotations

import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clinicam.errors import Corrupt, UnsupportedFormat
from clinicam.vault import acts, rows, segment
from clinicam.vault.acts import What
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.labels import LP
from tests.vault import world

START = chain_start(world.VAULT, world.WRITER)


def _chain(sizes: list[int]) -> list[rows.SealedRow]:
    """Batches of these sizes, acts alone."""
    sealed: list[rows.SealedRow] = []
    for number, size in enumerate(sizes):
        name = world.named(f"b{number}")
        for i in range(1, size + 1):
            sealed.append(
                rows.seal_row(
                    world.act(len(sealed), What.UNLOCK, (name, i, size)), None, vault=world.VAULT,
                    head=sealed[-1].head if sealed else START, signer=world.SIGNER, audit=world.AUDIT,
                    locator=world.LOCATOR, more=i < size,
                )
            )  # fmt: skip
    return sealed


def _scan(data: bytes) -> segment.Segment:
    return segment.scan_segment(data, vault=world.VAULT, head=START)


def test_a_torn_batch_is_set_apart_at_every_byte() -> None:
    """Cut anywhere: whole batches stay, the rest is counted, and says what is wrong."""
    sealed = _chain([1, 3, 2])
    data = segment.join(sealed, new_segment=True)
    ends = [8, *(8 + sum(len(r.data) for r in sealed[:n]) for n in (1, 4, 6))]
    for length in range(8, len(data) + 1):
        found = _scan(data[:length])
        last = max(end for end in ends if end <= length)
        assert (found.end, found.left) == (last, length - last)
        assert (found.problem is None) == (length in ends)
        assert found.head.seq == {8: 0, ends[1]: 1, ends[2]: 4, ends[3]: 6}[last]
        if length not in ends:
            with pytest.raises(Corrupt):
                found.whole()


def test_an_empty_segment_and_one_that_goes_on() -> None:
    assert _scan(segment.MAGIC) == segment.Segment((), 8, 0, None, START)
    sealed = _chain([2, 1])
    second = segment.scan_segment(segment.join(sealed[2:], new_segment=True), vault=world.VAULT, head=sealed[1].head)
    assert [row.seq for row in second.whole()] == [3]
    assert segment.join(sealed, new_segment=False) == segment.join(sealed, new_segment=True)[8:]


def test_not_a_segment() -> None:
    for data in (b"", b"CCROW", b"CCROWS\0\0", b"X" * 500):
        found = _scan(data)
        assert (found.rows, found.end, found.left) == ((), 0, len(data))
        with pytest.raises(Corrupt):
            found.whole()
    with pytest.raises(UnsupportedFormat):
        _scan(b"CCROWS\0\2").whole()


def test_row_sizes_are_what_the_format_promises() -> None:
    """A patient's row: 736 bytes, of which 256 each are padded act and content."""
    assert len(world.open_rows()[1].data) == 736
    assert [len(row.data) for row in world.open_rows()] == [452, 736, 736, 1248, 708]


def _raw(flags: int = 0, body: bytes | None = None, key_ref: bytes = bytes(16), seq: int = 1, body_len: int | None = None) -> bytes:  # fmt: skip
    body = LP(b"a" * 40) + LP(b"") if body is None else body
    length = len(body) if body_len is None else body_len
    header = struct.pack(">HHI16sQ16s16s32s", 1, flags, length, world.WRITER, seq, bytes(16), key_ref, bytes(32))
    return header + body + bytes(64)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(_raw(flags=4), id="unknown flag"),
        pytest.param(_raw(seq=0), id="row 0"),
        pytest.param(_raw(body=b"\0" * 7), id="no room for two lengths"),
        pytest.param(_raw(body_len=2**32 - 1), id="longer than the file"),
        pytest.param(_raw(body=LP(b"a" * 40)[:-9] + bytes(8)), id="act longer than the body"),
        pytest.param(_raw(body=LP(b"a" * 40) + LP(b"") + b"\0"), id="a byte between"),
        pytest.param(_raw(key_ref=b"k" * 16), id="key without content"),
        pytest.param(_raw(body=LP(b"a" * 40) + LP(b"c" * 40)), id="content without key"),
        pytest.param(_raw()[:-1], id="signature cut"),
        pytest.param(_raw()[:95], id="header cut"),
    ],
)
def test_rows_that_cannot_be(data: bytes) -> None:
    rows.parse_row(_raw(), 0, world.VAULT)
    with pytest.raises(Corrupt):
        rows.parse_row(data, 0, world.VAULT)


@given(st.binary(max_size=700))
def test_padding_undoes_itself(body: bytes) -> None:
    padded = rows.pad(body)
    assert len(padded) % 256 == 0
    assert len(padded) - 256 < 4 + len(body) <= len(padded)
    assert rows.unpad(padded) == body


@pytest.mark.parametrize(
    "padded",
    [b"", bytes(3), bytes(255), bytes(512), b"\0\0\0\1" + bytes(508), b"\0\0\0\1" + bytes(251) + b"\1", b"\xff" * 256],
)
def test_padding_that_is_not_the_least_zeros(padded: bytes) -> None:
    with pytest.raises(Corrupt):
        rows.unpad(padded)


def _row(seq: int, *, more: bool = False) -> rows.Row:
    flags = rows.FLAG_MORE if more else 0
    blank = bytes(16)
    return rows.Row(flags, world.WRITER, seq, blank, blank, bytes(32), b"", b"", b"", bytes(32), b"", 0, 0)


A, B = world.named("a"), world.named("b")


@pytest.mark.parametrize(
    ("steps", "fits"),
    [
        ([(1, (A, 1, 1), False), (2, (B, 1, 1), False)], True),
        ([(1, (A, 1, 2), True), (2, (A, 2, 2), False), (5, (B, 1, 1), False)], True),
        ([(0, (A, 1, 1), False)], True),
        ([(1, (A, 1, 1), False), (1, (B, 1, 1), False)], False),
        ([(2, (A, 1, 1), False), (1, (B, 1, 1), False)], False),
        ([(1, (A, 1, 1), True)], False),
        ([(1, (A, 1, 2), False)], False),
        ([(1, (A, 2, 2), False)], False),
        ([(1, (A, 0, 0), False)], False),
        ([(1, (A, 1, 0), False)], True),
        ([(1, (A, 1, 2), True), (2, (B, 2, 2), False)], False),
        ([(1, (A, 1, 2), True), (2, (A, 1, 2), True)], False),
        ([(1, (A, 1, 3), True), (2, (A, 2, 2), False)], False),
    ],
)
def test_order_of_acts(steps: list[tuple[int, tuple[bytes, int, int], bool]], fits: bool) -> None:
    order = segment.ActOrder()

    def run() -> None:
        for seq, (lamport, batch, more) in enumerate(steps, 1):
            order.see(_row(seq, more=more), world.act(lamport, What.UNLOCK, batch))

    if fits:
        run()
        assert order.lamport == steps[-1][0]
    else:
        with pytest.raises(Corrupt):
            run()


def test_what_is_spelled_and_read() -> None:
    assert acts.spell(What.LOCK) == "lock"
    assert acts.read_what(acts.spell(What.CAPTURE_REFUSED, "C3 C7")) == (What.CAPTURE_REFUSED, "C3 C7")
    assert acts.read_what("tea.made with milk") == (None, "tea.made with milk")
    for detail in ("x" * 201, "two\nlines"):
        with pytest.raises(ValueError, match="detail"):
            acts.spell(What.LOCK, detail)


def _intent() -> tuple[acts.Act, bytes, dict[bytes, bytes]]:
    sealed = world.open_rows()[4]
    row = rows.parse_row(sealed.data, 0, world.VAULT)
    users = {user: secret.signing_key().public for user, secret in world.SECRETS.items()}
    return rows.open_act(row, world.VAULT, world.AUDIT), sealed.rid, users


def test_an_intent_needs_two_people_who_signed_this() -> None:
    act, rid, users = _intent()
    assert acts.check_intent(act, vault=world.VAULT, rid=rid, users=users).reason
    signed = act.signatures
    assert signed is not None
    change = msgspec.structs.replace
    wrong = [
        change(act, intent=None),
        change(act, signatures=None),
        change(act, signatures=signed[:1]),
        change(act, signatures=(signed[0], signed[0])),
        change(act, signatures=(*signed, signed[0])),
        change(act, signatures=(signed[0], (world.LEAVER, signed[1][1]))),
        change(act, signatures=(signed[0], (world.named("nobody"), signed[1][1]))),
        change(act, intent=acts.encode_intent(acts.Intent((), "another"))),
    ]
    for one in wrong:
        with pytest.raises(Corrupt):
            acts.check_intent(one, vault=world.VAULT, rid=rid, users=users)
    for vault, name in ((world.VAULT, world.named("x")), (world.named("x"), rid)):
        with pytest.raises(Corrupt):
            acts.check_intent(act, vault=vault, rid=name, users=users)
    with pytest.raises(Corrupt):
        acts.decode_intent(b"\x80")


def test_heads_sort_by_writer() -> None:
    heads = [Head(bytes([i]) * 16, 1, bytes(32)) for i in (3, 1, 2)]
    assert [h.writer[0] for h in sorted(heads)] == [1, 2, 3]
