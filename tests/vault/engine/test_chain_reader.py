# SPDX-License-Identifier: GPL-3.0-or-later
"""The chain reader by itself: segments, torn ends, forks and memory that lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from clinicam.errors import Corrupt, Forked, RolledBack
from clinicam.vault.audit import AuditKeys
from clinicam.vault.chainread import BadEnd, ChainEnd, ChainReader, check_marked, find_end, row_at
from clinicam.vault.heads import Head
from clinicam.vault.keys import WriterKey
from clinicam.vault.scribe import Draft, Scribe
from clinicam.vault.segment import Segment, scan_pieces, scan_segment
from clinicam.vault.stores.embedded_ledger import EmbeddedLedger
from clinicam.vault.stores.port import Spot

VAULT = b"v" * 16


class Chain:
    """One chain in a folder, with small segments."""

    def __init__(self, folder: Path, limit: int = 2000) -> None:
        (folder / "ledger").mkdir(parents=True)
        self.ledger = EmbeddedLedger(folder / "ledger", folder / "quarantine", limit=limit)
        self.folder = folder
        self.writer = WriterKey.make()
        reader = ChainReader(self.ledger, vault=VAULT, writer=self.writer.writer, public=self.writer.signing.public)
        self.scribe = Scribe(self.ledger, vault=VAULT, writer=self.writer, end=reader.end, lamport=0)
        self.audit = AuditKeys.from_seed(b"a" * 32)

    def write(self, rows: int = 1) -> None:
        drafts = [Draft("lock")] * rows
        self.scribe.write(drafts, who=b"u" * 16, wall_ms=1, audit=self.audit, locator=b"l" * 32)

    def reader(self) -> ChainReader:
        return ChainReader(self.ledger, vault=VAULT, writer=self.writer.writer, public=self.writer.signing.public)

    def end(self, marked: Head | None = None, hint: Spot | None = None) -> Head:
        return self.found(marked, hint)[0].head

    def found(self, marked: Head | None = None, hint: Spot | None = None) -> tuple[ChainEnd, BadEnd | None]:
        return find_end(
            self.ledger,
            vault=VAULT,
            writer=self.writer.writer,
            public=self.writer.signing.public,
            marked=marked,
            hint=hint,
        )

    def segment(self, number: int) -> Path:
        return self.folder / "ledger" / self.writer.writer.hex() / f"{number:06d}.rows"


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    chain = Chain(tmp_path / "chain")
    for n in range(1, 8):
        chain.write(1 + n % 3)
    return chain


def test_reads_over_segments(chain: Chain) -> None:
    reader = chain.reader()
    rows = [row.seq for stretch in reader.stretches() for row in stretch.rows]
    assert rows == list(range(1, 15))
    assert reader.end == chain.scribe.end
    assert len(chain.ledger.segments(chain.writer.writer)) > 2
    chain.ledger.close()


def test_goes_on_from_where_it_was(chain: Chain) -> None:
    before = chain.scribe.end
    chain.write(2)
    chain.write(2)
    hint = Spot(before.segment, before.start)
    assert chain.end(before.head, hint) == chain.scribe.end.head
    assert chain.end(before.head) == chain.scribe.end.head
    assert chain.end(before.head, Spot(1, 9)) == chain.scribe.end.head
    assert chain.end(before.head, Spot(99, 9)) == chain.scribe.end.head
    chain.ledger.close()


def test_missing_segments(chain: Chain) -> None:
    middle, end = chain.segment(2), chain.scribe.end
    aside = chain.folder / "aside"
    middle.rename(aside)
    with pytest.raises(Corrupt):
        chain.end()
    aside.rename(middle)
    last = chain.segment(end.segment)
    last.rename(aside)
    reader = ChainReader(
        chain.ledger, vault=VAULT, writer=chain.writer.writer, public=None, after=end
    )  # fmt: skip
    with pytest.raises(RolledBack):
        list(reader.stretches())
    last.write_bytes(aside.read_bytes()[: end.start])
    reader = ChainReader(chain.ledger, vault=VAULT, writer=chain.writer.writer, public=None, after=end)
    with pytest.raises(RolledBack):
        list(reader.stretches())
    chain.ledger.close()


def test_damage_in_an_earlier_segment(chain: Chain) -> None:
    path = chain.segment(1)
    data = bytearray(path.read_bytes())
    data[200] ^= 1
    path.write_bytes(data)
    with pytest.raises(Corrupt):
        chain.end()
    chain.ledger.close()


def test_a_row_signed_twice_is_a_fork_and_an_unsigned_one_damage(chain: Chain) -> None:
    reader = chain.reader()
    row = [row for stretch in reader.stretches() for row in stretch.rows][-1]
    other = Head(row.writer, row.seq, b"x" * 32)
    with pytest.raises(Forked):
        check_marked(row, other, chain.writer.signing.public)
    with pytest.raises(Corrupt):
        check_marked(row, other, WriterKey.make().signing.public)
    with pytest.raises(Forked):
        chain.end(other)
    chain.ledger.close()


def test_no_row_there(chain: Chain) -> None:
    writer = chain.writer.writer
    assert row_at(chain.ledger, VAULT, writer, 99, 8) is None
    assert row_at(chain.ledger, VAULT, writer, 1, 10**6) is None
    assert row_at(chain.ledger, VAULT, writer, 1, 0) is None
    assert row_at(chain.ledger, VAULT, writer, 1, 9) is None
    found = row_at(chain.ledger, VAULT, writer, 1, 8)
    assert found is not None
    assert found.seq == 1
    chain.ledger.close()


def test_torn_end_without_the_marked_row(chain: Chain) -> None:
    end = chain.scribe.end
    path = chain.segment(end.segment)
    with path.open("r+b") as file:
        file.truncate(end.stop - 10)
    with pytest.raises(RolledBack):
        chain.end(end.head)
    chain.ledger.close()


@pytest.mark.parametrize("rows", [1, 3])
def test_last_append_kept_but_for_its_signature_is_torn(tmp_path: Path, rows: int) -> None:
    chain = Chain(tmp_path / "chain", limit=10**9)
    chain.write(2)
    before = chain.scribe.end
    chain.write(rows)
    path = chain.segment(1)
    whole = path.read_bytes()
    path.write_bytes(whole[:-64] + bytes(64))
    found = chain.found(before.head)
    assert found[0] == before
    assert found[1] is not None
    assert found[1].torn
    assert found[1].spot == Spot(1, before.stop)
    assert chain.found(None)[0] == before
    # Seen whole once: then it is damage. So it is where more lies behind, and in a segment's first append.
    with pytest.raises(Corrupt):
        chain.end(chain.scribe.end.head)
    path.write_bytes(whole[:-64] + bytes(64) + b"more")
    with pytest.raises(Corrupt):
        chain.end(before.head)
    path.write_bytes(whole[: before.stop - 64] + bytes(64))
    with pytest.raises(Corrupt):
        chain.end()
    chain.ledger.close()


def test_damage_below_the_marks_is_damage(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain", limit=10**9)
    for _ in range(5):
        chain.write()
    path = chain.segment(1)
    with path.open("r+b") as file:
        file.seek(300)
        file.write(b"\xff\xff")
    with pytest.raises(Corrupt):
        chain.end(chain.scribe.end.head)
    with pytest.raises(Corrupt):
        chain.end()
    chain.ledger.close()


def test_memory_that_gives_back_other_bytes_is_noticed(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    import clinicam.vault.scribe as scribe_module

    size = chain.segment(chain.scribe.end.segment).stat().st_size
    real = scribe_module.parse_row
    earlier = next(row for stretch in chain.reader().stretches() for row in stretch.rows)
    monkeypatch.setattr(scribe_module, "parse_row", lambda data, start, vault: (real(data, start, vault), earlier)[1])
    with pytest.raises(Corrupt, match="memory"):
        chain.write()
    assert chain.segment(chain.scribe.end.segment).stat().st_size == size
    chain.ledger.close()


def test_a_segment_in_pieces_is_the_segment(tmp_path: Path) -> None:
    chain = Chain(tmp_path / "chain", limit=10**9)
    start = chain.reader().end.head
    for rows in (1, 2, 3, 1, 1):
        chain.write(rows)
    data = chain.segment(1).read_bytes()
    whole = scan_segment(data, vault=VAULT, head=start)
    pieces = list(scan_pieces(data, vault=VAULT, head=start, most=2))
    assert [len(piece.rows) for piece in pieces] == [3, 3, 2]
    assert [row.head for piece in pieces for row in piece.rows] == [row.head for row in whole.rows]
    assert [piece.left for piece in pieces] == [len(data) - piece.end for piece in pieces]
    assert pieces[-1] == Segment(pieces[-1].rows, len(data), 0, None, whole.head)
    torn = list(scan_pieces(data[:-1], vault=VAULT, head=start, most=2))
    assert [piece.problem is None for piece in torn] == [True, True, False]
    chain.ledger.close()
