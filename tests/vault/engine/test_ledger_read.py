# SPDX-License-Identifier: GPL-3.0-or-later
"""Acts from the newest back: against a plain list, however chains and segments lie, and without loading what is not asked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinicam.errors import Corrupt, RoleRefused, VaultError
from clinicam.identity import NOBODY
from clinicam.vault import chainback
from clinicam.vault import rows as rows_module
from clinicam.vault.acts import What
from clinicam.vault.audit import AuditKeys
from clinicam.vault.chainback import ChainMap
from clinicam.vault.heads import Head
from clinicam.vault.ledgerdesk import LedgerDesk
from clinicam.vault.ledgerfilter import ActFilter, ActRow
from clinicam.vault.ledgerread import LedgerReader
from clinicam.vault.people import Rank
from clinicam.vault.sign import SigningKey
from tests.vault.engine import ledger_bench
from tests.vault.engine.bench import Practice
from tests.vault.engine.ledger_bench import VAULT, Deed, Ledger, deeds_of
from tests.vault.engine.people_bench import OTHER, by_kit, by_password, without_stretching

PEOPLE = (b"j" * 16, b"s" * 16, NOBODY)
SUBJECTS = (None, b"1" * 16, b"2" * 16)
CODES = ("image.viewed", "unlock", "capture.refused no-consent", "later.code with words")

deeds = st.builds(Deed, st.sampled_from(PEOPLE), st.sampled_from(CODES), st.sampled_from(SUBJECTS), st.integers(0, 5))
batches = st.lists(st.tuples(st.integers(0, 2), st.lists(deeds, min_size=1, max_size=4)), max_size=14)
filters = st.builds(
    ActFilter,
    subject=st.sampled_from((None, b"1" * 16, b"9" * 16)),
    who=st.sampled_from((None, *PEOPLE, b"?" * 16)),
    codes=st.sampled_from((frozenset(), frozenset({"unlock"}), frozenset({"unlock", "later.code"}), frozenset({"x"}))),
    since_ms=st.none() | st.integers(0, 6),
    until_ms=st.none() | st.integers(0, 6),
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chainback, "BLOCK", 3)
    monkeypatch.setattr(chainback, "WINDOW", 1000)


def written(folder: Path, script: list[tuple[int, list[Deed]]], limit: int) -> tuple[Ledger, list[tuple[int, Deed]]]:
    """A ledger, and what was written with its writer, the newest first."""
    ledger = Ledger(folder, writers=3, limit=limit)
    plain: list[tuple[int, Deed]] = []
    for writer, batch in script:
        ledger.write(batch, writer=writer)
        plain += [(writer, replace(one, who=batch[0].who, wall=batch[0].wall)) for one in batch]
    return ledger, plain[::-1]


def keeps(wanted: ActFilter, deed: Deed) -> bool:
    """The filter again, in the plainest words."""
    code = deed.what.split(" ")[0]
    return all((
        wanted.subject in {None, deed.subject},
        wanted.who in {None, deed.who},
        not wanted.codes or code in wanted.codes,
        wanted.since_ms is None or deed.wall >= wanted.since_ms,
        wanted.until_ms is None or deed.wall < wanted.until_ms,
    ))


@settings(max_examples=60)
@given(script=batches, wanted=st.lists(filters, min_size=1, max_size=3), limit=st.sampled_from((500, 3000, 10**6)),
       page=st.integers(1, 7), writer=st.none() | st.integers(0, 2))  # fmt: skip
def test_a_filter_keeps_what_a_plain_list_keeps(
    tmp_path_factory: pytest.TempPathFactory,
    script: list[tuple[int, list[Deed]]],
    wanted: list[ActFilter],
    limit: int,
    page: int,
    writer: int | None,
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chainback, "BLOCK", 3)
        patch.setattr(chainback, "WINDOW", 1000)
        ledger, plain = written(tmp_path_factory.mktemp("ledger") / "v", script, limit)
        reader = ledger.reader()
        for one in wanted:
            narrowed = one if writer is None else replace(one, writer=ledger.keys[writer].writer)
            expected = [deed for at, deed in plain if keeps(one, deed) and writer in {None, at}]
            stream = reader.stream(narrowed)
            found: list[ActRow] = []
            while not stream.is_done:
                some = stream.take(page)
                assert len(some) <= page
                found += some
            assert deeds_of(found) == expected
            assert all(narrowed.takes(row) for row in found)
            assert stream.take(page) == ()
            assert reader.count(narrowed) == len(expected)
            assert stream.looked == stream.of == sum(1 for at, _ in plain if writer in {None, at})
        ledger.close()


def test_what_is_written_meanwhile_comes_with_the_next_stream(tmp_path: Path, small: None) -> None:
    ledger = Ledger(tmp_path / "v", limit=3000)
    for at in range(10):
        ledger.write([Deed(PEOPLE[0], "unlock", None, at)])
    reader = ledger.reader()
    stream = reader.stream()
    first = stream.take(2)
    for at in range(10, 14):
        ledger.write([Deed(PEOPLE[0], "unlock", None, at)])
    rest = stream.take(100)
    assert [row.act.wall for row in (*first, *rest)] == list(range(9, -1, -1))
    assert [row.act.wall for row in reader.stream().take(100)] == list(range(13, -1, -1))
    assert reader.count() == 14
    ledger.close()


def test_stopping_and_going_on(tmp_path: Path, small: None) -> None:
    ledger = Ledger(tmp_path / "v")
    for at in range(20):
        ledger.write([Deed(PEOPLE[at % 2], "unlock", None, at)])
    reader = ledger.reader()
    stream = reader.stream(ActFilter(who=PEOPLE[0]))
    told: list[tuple[int, int]] = []
    found = stream.take(100, progress=lambda done, of: told.append((done, of)), cancelled=lambda: len(told) > 1)
    assert 0 < len(found) < 10
    assert not stream.is_done
    assert reader.count(cancelled=lambda: True) is None
    found += stream.take(100)
    assert [row.act.wall for row in found] == list(range(18, -1, -2))
    assert reader.count(ActFilter(who=PEOPLE[0]), progress=lambda done, of: told.append((done, of))) == 10
    assert told[-1] == (20, 20)
    ledger.close()


def test_facts_of_chains(tmp_path: Path, small: None) -> None:
    ledger = Ledger(tmp_path / "v", writers=3)
    ledger.write([Deed(PEOPLE[0], "unlock", None, 7), Deed(PEOPLE[0], "lock", None, 7)], writer=1)
    ledger.write([Deed(PEOPLE[0], "unlock", None, 9)], writer=0)
    facts = {one.writer: one for one in ledger.reader().chains()}
    one, two = facts[ledger.keys[1].writer], facts[ledger.keys[0].writer]
    assert len(facts) == 2
    assert (one.rows, one.last_ms, one.short, one.newest_lamport) == (2, 7, "", 2)
    assert (two.rows, two.last_ms, two.newest_lamport) == (1, 9, 3)
    assert ledger.reader().rows() == 3
    ledger.files.write_checkpoint(ledger.keys[1].writer, b"not a note")
    assert {one.short for one in ledger.reader().chains()} == {""}
    ledger.close()


class TestDamage:
    """Files as nobody wrote them, seen through the maps of a chain."""

    @pytest.fixture
    def ledger(self, tmp_path: Path, small: None) -> Iterator[Ledger]:
        ledger = Ledger(tmp_path / "v", limit=3000)
        for at in range(24):
            ledger.write([Deed(PEOPLE[0], "unlock", None, at)])
        yield ledger
        ledger.close()

    def file(self, ledger: Ledger, segment: int) -> Path:
        return ledger.files.place / "ledger" / ledger.keys[0].writer.hex() / f"{segment:06d}.rows"

    def reads(self, ledger: Ledger) -> VaultError | None:
        try:
            ledger.reader().stream().take(100)
        except VaultError as error:
            return error
        return None

    def test_a_missing_segment(self, ledger: Ledger) -> None:
        assert len(ledger.store.segments(ledger.keys[0].writer)) > 3
        self.file(ledger, 2).unlink()
        assert isinstance(self.reads(ledger), Corrupt)

    def test_looking_for_a_row_in_what_is_left(self, ledger: Ledger) -> None:
        chain = ChainMap(ledger.store, VAULT, ledger.keys[0].writer)
        last = self.file(ledger, ledger.scribes[0].end.segment)
        last.write_bytes(last.read_bytes()[:30])
        with pytest.raises(Corrupt, match="without rows"):
            chain.find(24)
        first = self.file(ledger, 1)
        whole, count = first.read_bytes(), chain._first_seq(2) - 1
        last.unlink()
        for segment in range(2, ledger.scribes[0].end.segment):
            self.file(ledger, segment).unlink()
        first.write_bytes(whole[:-1])
        assert chain.find(2) is not None
        with pytest.raises(Corrupt):
            ChainMap(ledger.store, VAULT, ledger.keys[0].writer).find(count)

    @pytest.mark.parametrize("keep", [0, 8, 8 + 50, 700, -1])
    def test_a_short_segment(self, ledger: Ledger, keep: int) -> None:
        for segment in (1, 2, ledger.scribes[0].end.segment):
            file = self.file(ledger, segment)
            whole = file.read_bytes()
            file.write_bytes(whole[:keep])
            assert isinstance(self.reads(ledger), Corrupt)
            file.write_bytes(whole)
        assert self.reads(ledger) is None

    def test_a_segment_cut_while_it_is_read(self, ledger: Ledger) -> None:
        reader = ledger.reader()
        reader.stream().take(100)
        file = self.file(ledger, 1)
        file.write_bytes(file.read_bytes()[:8])
        with pytest.raises(Corrupt):
            reader.stream(ActFilter(who=PEOPLE[0])).take(100)
        with pytest.raises(Corrupt):
            ledger.reader().count()

    def test_the_last_segment_cut_while_it_is_read(self, ledger: Ledger) -> None:
        reader = ledger.reader()
        assert len(reader.stream().take(100)) == 24
        file = self.file(ledger, ledger.scribes[0].end.segment)
        file.write_bytes(file.read_bytes()[:8])
        with pytest.raises(Corrupt, match="gone"):
            reader.chains()
        with pytest.raises(Corrupt):
            reader.stream().take(1)

    def test_a_longer_segment(self, ledger: Ledger) -> None:
        """What stands behind the end we know of is not there; behind an older segment it is damage."""
        last, older = self.file(ledger, ledger.scribes[0].end.segment), self.file(ledger, 1)
        last.write_bytes(last.read_bytes() + b"rubbish")
        assert self.reads(ledger) is None
        older.write_bytes(older.read_bytes() + b"rubbish")
        assert isinstance(self.reads(ledger), Corrupt)

    def test_segments_in_each_others_place(self, ledger: Ledger) -> None:
        one, two = self.file(ledger, 1), self.file(ledger, 2)
        first, second = one.read_bytes(), two.read_bytes()
        one.write_bytes(second)
        two.write_bytes(first)
        assert isinstance(self.reads(ledger), Corrupt)

    def test_a_chain_that_begins_in_the_middle(self, ledger: Ledger) -> None:
        self.file(ledger, 1).unlink()
        for segment in range(2, ledger.scribes[0].end.segment + 1):
            os.rename(self.file(ledger, segment), self.file(ledger, segment - 1))
        end = ledger.scribes[0].end
        ledger.scribes[0].end = replace(end, segment=end.segment - 1)
        assert isinstance(self.reads(ledger), Corrupt)

    def test_another_beginning(self, ledger: Ledger, tmp_path: Path) -> None:
        """Every link holds, but the first row does not follow the beginning of this chain."""
        other = Ledger(tmp_path / "other")
        scribe = other.scribes[0]
        start = Head(scribe.writer.writer, 0, b"x" * 32)
        scribe.end = replace(scribe.end, head=start)
        other.write([Deed(PEOPLE[0], "unlock", None, 1)])
        assert isinstance(self.reads(other), Corrupt)
        other.close()

    def test_time_that_stands_still(self, tmp_path: Path, small: None) -> None:
        for rows in (2, 3):  # within a block, and from one to the next
            ledger = Ledger(tmp_path / str(rows))
            for _ in range(rows):
                ledger.write([Deed(PEOPLE[0], "unlock", None, 1)])
            ledger.write([Deed(PEOPLE[0], "unlock", None, 1)], lamport=0)
            assert isinstance(self.reads(ledger), Corrupt)
            ledger.close()

    def test_an_act_of_other_keys(self, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ledger_bench, "AUDIT", AuditKeys.from_seed(b"b" * 32))
        assert isinstance(self.reads(ledger), Corrupt)


def test_heads_that_are_rows_and_heads_that_are_not(tmp_path: Path, small: None) -> None:
    ledger = Ledger(tmp_path / "v", writers=2, limit=2500)
    heads = []
    for at in range(23):
        ledger.write([Deed(PEOPLE[0], "unlock", None, at)])
        heads.append(ledger.scribes[0].end.head)
    reader = ledger.reader()
    assert all(reader.has(head) for head in heads)
    assert not reader.has(replace(heads[3], row_hash=heads[4].row_hash))
    assert not reader.has(replace(heads[3], seq=0))
    assert not reader.has(replace(heads[-1], seq=24))
    assert not reader.has(Head(ledger.keys[1].writer, 1, b"x" * 32))
    chain = ChainMap(ledger.store, VAULT, ledger.keys[0].writer)
    for seq in (1, 2, 3, 4, 17, 23):
        found = chain.find(seq)
        assert found is not None
        assert found.head == heads[seq - 1]
    assert chain.find(24) is None
    assert ChainMap(ledger.store, VAULT, ledger.keys[1].writer).find(1) is None
    ledger.close()


def test_a_page_of_a_long_ledger_loads_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """100,000 rows: the first page opens a few blocks; the second time a rare filter opens what it shows."""
    monkeypatch.setattr(SigningKey, "sign", lambda *_: b"\0" * 64)  # reading does not look at signatures
    ledger = Ledger(tmp_path / "v", limit=8 * 2**20)
    rare = 3
    for at in range(1000):
        who, subject = PEOPLE[0], b"%016d" % (at % 200)
        ledger.write([Deed(who, "image.viewed", subject, at)] * 99)
        ledger.write([Deed(PEOPLE[1] if at == rare else who, "lock", None, at)])
    rows = ledger.reader().rows()
    assert rows == 100_000
    opened = 0
    real = rows_module.open_act

    def counted(*args: Any) -> Any:
        nonlocal opened
        opened += 1
        return real(*args)

    monkeypatch.setattr("clinicam.vault.ledgerread.open_act", counted)
    reader = ledger.reader()
    size = sum(ledger.store.size(ledger.keys[0].writer, n) for n in ledger.store.segments(ledger.keys[0].writer))
    ledger.store.bytes_read = 0
    stream = reader.stream()
    page = stream.take(100)
    assert page[0].act.lamport == rows
    assert opened <= 2 * chainback.BLOCK
    # One segment is gone through for where its blocks begin, the others are left alone.
    assert ledger.store.bytes_read < 9 * 2**20 < size / 4
    assert len(stream.take(100)) == 100
    assert opened <= 2 * chainback.BLOCK
    found = reader.stream(ActFilter(who=PEOPLE[1])).take(10)
    assert [row.act.wall for row in found] == [rare]
    assert opened < rows + 2 * chainback.BLOCK
    opened, ledger.store.bytes_read = 0, 0
    assert [row.act.wall for row in reader.stream(ActFilter(who=PEOPLE[1])).take(10)] == [rare]
    assert reader.count(ActFilter(subject=b"%016d" % 7)) == 5 * 99
    assert opened == 1
    assert ledger.store.bytes_read < 1000 * chainback.BLOCK
    ledger.close()


def test_managers_read_and_others_do_not(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)
    with by_kit(practice) as desk:
        nurse = desk.people.add(Rank.NURSE, OTHER, shown="Nia")
        reader = LedgerReader.of(desk.opened.inside)
        newest = reader.stream().take(1)[0]
        assert (newest.what, newest.who) == (What.STAFF_ADDED, desk.opened.user)
        assert reader.rows() == desk.opened.counts().rows
        assert reader.count(ActFilter(codes=frozenset({"vault.created"}))) == 1
    with by_password(practice, nurse, OTHER) as desk:
        for of in (LedgerReader.of, LedgerDesk.of):
            with pytest.raises(RoleRefused):
                of(desk.opened.inside)


def test_codes_of_later_versions(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "v")
    ledger.write([Deed(NOBODY, "later.code with words", None, 1)])
    (row,) = ledger.reader().stream().take(5)
    assert (row.what, row.code, row.detail, row.who) == (None, "later.code", "with words", None)
    ledger.close()
