# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a chain ends and why: what counts as torn, what as damage, how much is read again, and what is said of it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, Forked, RolledBack, VaultError
from clinicam.vault.chainread import ChainEnd, ChainReader, check_marked, row_at
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.keys import WriterKey
from clinicam.vault.rows import Row
from clinicam.vault.stores.port import Spot
from tests.vault.engine.test_chain_reader import VAULT, Chain


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """Six batches in one segment: of one row, one, three, one, one, two."""
    made = Chain(tmp_path / "chain", limit=10**9)
    for size in (1, 1, 3, 1, 1, 2):
        made.write(size)
    yield made
    made.ledger.close()


def rows_of(chain: Chain) -> list[Row]:
    return [row for stretch in chain.reader().stretches() for row in stretch.rows]


def torn(chain: Chain, data: bytes, public: bytes | None) -> bool:
    chain.segment(1).write_bytes(data)
    reader = ChainReader(chain.ledger, vault=VAULT, writer=chain.writer.writer, public=public)
    list(reader.stretches())
    assert reader.bad is not None
    assert isinstance(reader.bad.problem, Corrupt)
    return reader.bad.torn


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_torn_or_damaged(chain: Chain) -> None:
    """Torn is only what may have been the last append: nothing signed and whole may lie behind it, with more behind that."""
    rows, whole, public = rows_of(chain), chain.segment(1).read_bytes(), chain.writer.signing.public
    last, before = rows[-2], rows[-3]  # the last batch has two rows
    for data, is_torn in (
        (flipped(whole, last.start + 70), True),  # its second row is signed and whole, but nothing is behind
        (flipped(whole, rows[-1].start + 70), True),
        (whole[: last.end], True),
        (flipped(whole, last.start + 70) + b"x", False),  # and here something is
        (flipped(whole, before.start + 70), True),  # it may have been of one batch with the two behind it
        (flipped(whole, rows[-4].start + 70), False),
        (flipped(whole, rows[0].start + 70), False),
        (flipped(whole, rows[3].start + 70), False),
        (whole[: rows[1].start] + whole[rows[2].start :], False),  # a row left out: what stands there is signed itself
        (whole[: rows[-4].start] + whole[before.start :], False),
        (whole[: before.start] + whole[last.start :], True),
        (whole + b"rubbish", True),
        (whole + whole[rows[0].start : rows[1].start] + b"x", False),
    ):
        assert torn(chain, data, public) is is_torn
        assert torn(chain, data, None)  # without a key nothing can be known to be signed


def test_an_empty_chain_ends_where_it_begins(tmp_path: Path) -> None:
    empty = Chain(tmp_path / "empty")
    start = chain_start(VAULT, empty.writer.writer)
    assert empty.reader().end == ChainEnd(start, 0, 0, 0)
    assert empty.found() == (ChainEnd(start, 0, 0, 0), None)
    empty.ledger.close()


def test_no_more_is_read_than_lies_behind_the_hint(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    end = chain.scribe.end
    read, offsets = chain.ledger.read, list[int]()

    def counting(writer: bytes, segment: int, start: int = 0) -> bytes:
        offsets.append(start)
        return read(writer, segment, start)

    monkeypatch.setattr(chain.ledger, "read", counting)
    assert chain.found(end.head, Spot(end.segment, end.start)) == (end, None)
    assert set(offsets) == {end.start, end.stop}
    offsets.clear()
    assert chain.found(end.head) == (end, None)
    assert offsets == [0]
    third = rows_of(chain)[2]
    offsets.clear()
    assert chain.found(third.head, Spot(1, third.start)) == (end, None)
    assert set(offsets) == {third.start, third.end}
    offsets.clear()
    assert chain.found(third.head, Spot(1, end.start)) == (end, None)  # a hint that names another row is none
    assert 0 in offsets


def test_a_row_is_looked_up_where_it_begins_only(chain: Chain) -> None:
    writer, second = chain.writer.writer, rows_of(chain)[1]
    found = row_at(chain.ledger, VAULT, writer, 1, second.start)
    assert found is not None
    assert found.row_hash == second.row_hash
    assert row_at(chain.ledger, VAULT, writer, 1, second.start + 1) is None
    assert row_at(chain.ledger, VAULT, writer, 1, chain.segment(1).stat().st_size) is None
    other = WriterKey.make().writer
    shutil.copytree(chain.segment(1).parent, chain.folder / "ledger" / other.hex())
    assert row_at(chain.ledger, VAULT, other, 1, second.start) is None  # the row is there, but it is another's


def said(act: Callable[[], object], kind: type[VaultError]) -> str:
    with pytest.raises(kind) as raised:
        act()
    return str(raised.value)


def test_what_is_said(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain", limit=500)
    for _ in range(8):
        chain.write()
    end, public = chain.scribe.end, chain.writer.signing.public
    row = rows_of(chain)[-1]
    other = Head(row.writer, row.seq, bytes(32))
    assert said(lambda: check_marked(row, other, public), Forked) == "ledger: another row of the same number"
    further = Head(row.writer, row.seq + 1, bytes(32))
    assert said(lambda: chain.end(further), RolledBack) == "ledger: shorter than this workstation has seen it"

    def go_on() -> object:
        reader = ChainReader(chain.ledger, vault=VAULT, writer=chain.writer.writer, public=public, after=end)
        return list(reader.stretches())

    last, second = chain.segment(end.segment), chain.segment(2)
    whole = last.read_bytes()
    last.write_bytes(whole[:20])
    assert said(go_on, RolledBack) == "ledger: a segment is shorter than it was"
    last.unlink()
    assert said(go_on, RolledBack) == "ledger: a segment is gone"
    last.write_bytes(whole)
    second.unlink()
    assert said(chain.end, Corrupt) == "ledger: a segment is missing"
    chain.ledger.close()
