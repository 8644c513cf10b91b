# SPDX-License-Identifier: GPL-3.0-or-later
"""What a workstation has seen before, against histories that others made from the same beginning."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, Forked, RolledBack
from clinicam.vault.audit import AuditKeys
from clinicam.vault.files import BagName
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.hoststate import BagMark, Marks
from clinicam.vault.index import Index
from clinicam.vault.keyring import KeyringFile
from clinicam.vault.keys import KeyBook
from clinicam.vault.locked import LockedChain
from clinicam.vault.openvault import OpenVault
from clinicam.vault.seen import check_bags, check_keyring
from clinicam.vault.segment import MAGIC, scan_pieces
from clinicam.vault.unlocking import _ready
from tests.vault.engine.bench import Practice, check
from tests.vault.engine.test_chains import a_row, copy_of, crash
from tests.vault.engine.test_damaged import attempt, host_file, rows_file


def seen_of(opened: OpenVault) -> tuple[KeyringFile, Marks]:
    """The keyring, and marks that fit it."""
    book = opened._book
    keyring = book.keyring
    marks = Marks(
        keyring.vault,
        opened.writer,
        keyring.generation,
        keyring.sha256,
        len(keyring.roster.raw),
        keyring.roster.sha256(),
        book.bag_marks(),
        (),
    )
    return keyring, marks


def test_keyrings_that_do_not_follow(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    keyring, marks = seen_of(opened)
    check_keyring(marks, keyring)
    check_keyring(replace(marks, generation=0, keyring_sha256=keyring.prev), keyring)
    for odd, error in (
        (replace(marks, generation=2), RolledBack),
        (replace(marks, keyring_sha256=b"x" * 32), Forked),
        (replace(marks, generation=0, keyring_sha256=b"x" * 32), Forked),
        (replace(marks, roster_sha256=b"x" * 32), Forked),
        (replace(marks, roster_length=10**6), Forked),
    ):
        with pytest.raises(error):
            check_keyring(odd, keyring)
    vault.close()


def test_bags_that_do_not_follow(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    keyring, marks = seen_of(opened)
    (bag,) = marks.bags
    check_bags(marks, keyring, [bag])
    check_bags(marks, keyring, [replace(bag, revision=bag.revision + 1, sha256=b"x" * 32)])
    check_bags(replace(marks, generation=7), keyring, [])
    rolled: list[list[BagMark]] = [[], [replace(bag, revision=bag.revision - 1)]]
    for held in rolled:
        with pytest.raises(RolledBack):
            check_bags(marks, keyring, held)
    with pytest.raises(Forked):
        check_bags(marks, keyring, [replace(bag, sha256=b"x" * 32)])
    vault.close()


def test_two_successors_of_one_keyring(practice: Practice, tmp_path: Path) -> None:
    """The same generation made twice, on two copies: whoever has seen one refuses the other."""
    copy = copy_of(practice, tmp_path / "copy")
    for one in (practice, copy):
        (one.host.path / f"{practice.created.vault_id.hex()}.note").unlink(missing_ok=True)
        vault, opened = one.unlocked()
        opened.append([a_row()])
        vault.close()
    for name in ("keyring", "bags", "ledger"):
        theirs, ours = copy.place / name, practice.place / name
        if theirs.is_dir():
            shutil.rmtree(ours)
            shutil.copytree(theirs, ours)
        else:
            shutil.copy(theirs, ours)
    assert isinstance(attempt(practice), Forked)


def two_writers(practice: Practice) -> tuple[Path, bytes]:
    """A vault with a former writer of ours; its chain."""
    vault, opened = practice.unlocked()
    opened.append([a_row(1), a_row(2)])
    former = opened.writer
    vault.close()
    host_file(practice, "note").unlink()
    vault, _ = practice.unlocked()
    vault.close()
    vault, _ = practice.unlocked()
    vault.close()
    return practice.place / "ledger" / former.hex() / "000001.rows", former


def test_another_chain_gone_or_shorter(practice: Practice) -> None:
    path, _ = two_writers(practice)
    aside = practice.folder / "aside"
    path.parent.rename(aside)
    assert isinstance(attempt(practice), RolledBack)
    aside.rename(path.parent)
    data = path.read_bytes()
    path.write_bytes(data[:-50])
    assert isinstance(attempt(practice), RolledBack)
    shutil.rmtree(practice.place / "index")
    assert isinstance(attempt(practice), RolledBack)
    path.write_bytes(data)
    assert attempt(practice) is None


def test_another_chain_damaged(practice: Practice) -> None:
    path, _ = two_writers(practice)
    shutil.rmtree(practice.place / "index")
    data = bytearray(path.read_bytes())
    data[300] ^= 1
    path.write_bytes(data)
    assert isinstance(attempt(practice), Corrupt)
    data[300] ^= 1
    path.write_bytes(data)
    assert attempt(practice) is None


def test_another_row_of_another_chain(practice: Practice) -> None:
    path, former = two_writers(practice)
    vault, opened = practice.unlocked()
    vault.close()
    raw = host_file(practice, "marks").read_bytes()
    scribe = vault._chain.scribe
    assert scribe is not None
    marks = Marks.decode(raw, vault=vault.vault_id, writer=opened.writer, public=scribe.writer.signing.public)
    heads = tuple(Head(h.writer, h.seq, b"x" * 32) if h.writer == former else h for h in marks.heads)
    host_file(practice, "marks").write_bytes(replace(marks, heads=heads).encode(scribe.writer.signing))
    shutil.rmtree(practice.place / "index")
    assert isinstance(attempt(practice), Forked)
    earlier = tuple(Head(h.writer, h.seq - 1, b"x" * 32) if h.writer == former else h for h in marks.heads)
    host_file(practice, "marks").write_bytes(replace(marks, heads=earlier).encode(scribe.writer.signing))
    assert isinstance(attempt(practice), Forked)
    host_file(practice, "marks").write_bytes(raw)
    assert attempt(practice) is None
    assert path.exists()


def test_a_mark_before_the_snapshot_is_looked_up_all_the_same(practice: Practice) -> None:
    _, former = two_writers(practice)
    vault, opened = practice.unlocked()
    vault.close()
    scribe = vault._chain.scribe
    assert scribe is not None
    raw = host_file(practice, "marks").read_bytes()
    marks = Marks.decode(raw, vault=vault.vault_id, writer=opened.writer, public=scribe.writer.signing.public)
    earlier = tuple(Head(h.writer, h.seq - 1, b"x" * 32) if h.writer == former else h for h in marks.heads)
    host_file(practice, "marks").write_bytes(replace(marks, heads=earlier).encode(scribe.writer.signing))
    assert isinstance(attempt(practice), Forked)


def test_signatures_behind_the_snapshot_are_checked_and_all_by_verify(practice: Practice) -> None:
    vault, _ = practice.unlocked()
    vault.close()
    vault, opened = practice.unlocked()
    path = rows_file(practice)
    opened.append([a_row(1)])
    stop = path.stat().st_size
    opened.append([a_row(2)])
    crash(vault)

    def flip() -> None:
        data = bytearray(path.read_bytes())
        data[stop - 1] ^= 1  # the last byte of a signature: neither hash nor chain shows it
        path.write_bytes(data)

    flip()
    assert isinstance(attempt(practice), Corrupt)
    flip()
    vault, opened = practice.unlocked()
    flip()
    assert any(finding.startswith("chain ") for finding in check(opened, deep=False).findings)
    flip()
    assert check(opened).ok
    vault.close()


def test_bags_and_keyring_must_speak_of_one_audit_key(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    book = opened._book
    other = replace(book.keyring, audit_public=AuditKeys.from_seed(b"o" * 32).public)
    with pytest.raises(Corrupt, match="audit"):
        KeyBook(
            book.files, other, user=book.user, secret=book.secret, epoch=book.epoch, bags=book.volumes.values()
        )  # fmt: skip
    with pytest.raises(Corrupt, match="exactly one"):
        KeyBook(book.files, book.keyring, user=book.user, secret=book.secret, epoch=book.epoch, bags=())
    with pytest.raises(Corrupt, match="gone"):
        opened._files.bag(BagName(9, b"w" * 16, 1))
    assert opened.place == practice.place
    vault.close()


def test_nothing_is_unlocked_without_a_writer(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    chain = LockedChain(opened._files, practice.host, opened._book.keyring)
    index = Index()
    with pytest.raises(Corrupt, match="writer"):
        _ready(chain, index)
    index.close()
    vault.close()


def test_a_writer_gone_from_the_roster_makes_another(practice: Practice, tmp_path: Path) -> None:
    """The vault was put back to before this workstation was let in, with marks to show it."""
    vault, _ = practice.unlocked()
    vault.close()
    shutil.copytree(practice.place, tmp_path / "before")
    host_file(practice, "note").unlink()
    vault, _ = practice.unlocked()
    vault.close()
    shutil.rmtree(practice.place)
    shutil.copytree(tmp_path / "before", practice.place)
    assert isinstance(attempt(practice), RolledBack)


def test_another_chain_whose_last_signature_is_torn(practice: Practice) -> None:
    path, former = two_writers(practice)
    whole = path.read_bytes()
    marks = host_file(practice, "marks")
    path.write_bytes(whole[:-64] + bytes(64))
    shutil.rmtree(practice.place / "index")
    assert isinstance(attempt(practice), Corrupt)  # this workstation has seen it whole
    path.write_bytes(whole)
    vault, opened = practice.unlocked()
    place = opened.inside.index.places()[former].end
    vault.close()
    marks.unlink()
    shutil.rmtree(practice.place / "index")
    path.write_bytes(whole[:-64] + bytes(64))
    vault, opened = practice.unlocked()
    assert f"chain {former.hex()} has a torn end" in opened.alarms
    assert opened.inside.index.places()[former].end.stop == place.start
    vault.close()
    assert path.read_bytes() == whole[:-64] + bytes(64)
    # With more behind it is damage.
    marks.unlink()
    path.write_bytes(whole[:-64] + bytes(64) + b"more")
    assert isinstance(attempt(practice), Corrupt)
    path.write_bytes(whole)
    assert attempt(practice) is None


def test_another_chain_torn_in_one_segment_and_going_on_in_the_next(practice: Practice) -> None:
    path, former = two_writers(practice)
    whole = path.read_bytes()
    host_file(practice, "marks").unlink()
    shutil.rmtree(practice.place / "index")
    vault, opened = practice.unlocked()
    stop = opened.inside.index.places()[former].end.start
    vault.close()
    host_file(practice, "marks").unlink()
    shutil.rmtree(practice.place / "index")
    path.write_bytes(whole[: stop - 64] + bytes(64))
    (path.parent / "000002.rows").write_bytes(MAGIC + whole[stop:])
    assert isinstance(attempt(practice), Corrupt)
    (path.parent / "000002.rows").unlink()
    path.write_bytes(whole)
    assert attempt(practice) is None


def test_another_chain_with_only_a_batch_that_is_not_signed(practice: Practice) -> None:
    path, former = two_writers(practice)
    whole = path.read_bytes()
    start = chain_start(practice.created.vault_id, former)
    first = next(scan_pieces(whole, vault=practice.created.vault_id, head=start))
    ends = [row.end for row in first.rows if not row.more]
    host_file(practice, "marks").unlink()
    shutil.rmtree(practice.place / "index")
    path.write_bytes(whole[: ends[0] - 64] + bytes(64))
    assert isinstance(attempt(practice), Corrupt)
    path.write_bytes(whole)
    assert attempt(practice) is None
