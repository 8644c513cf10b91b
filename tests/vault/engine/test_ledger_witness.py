# SPDX-License-Identifier: GPL-3.0-or-later
"""Checkpoints: when they are left, who signs below them, and what happens when that cannot be written."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, UnsupportedFormat, VaultError
from clinicam.identity import NOBODY
from clinicam.vault.acts import What
from clinicam.vault.checkpoint import (
    Checkpoint,
    note_name,
    read_any,
    read_checkpoint,
    read_note,
    read_vkey,
    sign_checkpoint,
    sign_note,
    vkey,
    witness,
)
from clinicam.vault.heads import Head
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import parse_keyring
from clinicam.vault.model import NewRow
from clinicam.vault.seen import load_writer
from clinicam.vault.sign import SigningKey
from clinicam.vault.upkeep import CHECKPOINT_EVERY
from tests.vault.engine.bench import FaultyCalls, Practice, check
from tests.vault.engine.people_bench import by_kit

V, A, B = b"v" * 16, b"a" * 16, b"b" * 16
ONE, TWO = SigningKey.from_seed(b"1" * 32), SigningKey.from_seed(b"2" * 32)
CHECKPOINT = Checkpoint(V, 3, b"k" * 32, (Head(A, 7, b"h" * 32),))


def elsewhere(practice: Practice, name: str = "other", machine: bytes = b"two") -> Practice:
    """The same vault on another workstation."""
    host = HostFolder(
        practice.folder / name,
        wall_ms=practice.clock.wall_ms,
        monotonic=practice.clock.monotonic,
        machine=machine,
        calls=practice.calls,
    )
    return Practice(
        practice.folder, practice.clock, host, practice.created, practice.permit, practice.gate, practice.calls
    )


def writer_of(practice: Practice) -> bytes:
    vault = parse_keyring((practice.place / "keyring").read_bytes(), vault=None, anchor=None).vault
    known = load_writer(practice.host, vault)
    assert known is not None
    return known.writer


def signers(practice: Practice, author: bytes) -> set[bytes]:
    keyring = parse_keyring((practice.place / "keyring").read_bytes(), vault=None, anchor=None)
    writers = {one.writer: one.sign_public for one in keyring.roster.writers.values()}
    note = (practice.place / "checkpoints" / author.hex()).read_bytes()
    return set(read_any(note, vault=keyring.vault, writers=writers)[1])


def jumps(count: int) -> list[NewRow]:
    return [NewRow(What.CLOCK_JUMP, None, None, "", NOBODY, None)] * count


class TestNote:
    def test_a_witness_signs_below(self) -> None:
        note = sign_checkpoint(CHECKPOINT, writer=A, key=ONE)
        both = witness(note, vault=V, writer=B, key=TWO)
        known = {A: ONE.public, B: TWO.public}
        assert read_any(both, vault=V, writers=known) == (CHECKPOINT, (A, B))
        assert read_any(both, vault=V, writers={B: TWO.public}) == (CHECKPOINT, (B,))
        assert read_any(note, vault=V, writers=known) == (CHECKPOINT, (A,))
        assert read_checkpoint(both, vault=V, writer=A, public=ONE.public) == CHECKPOINT
        for strangers in ({}, {B: TWO.public}, {A: TWO.public}):
            with pytest.raises(Corrupt, match="nobody"):
                read_any(note, vault=V, writers=strangers)

    def test_a_witness_of_other_words(self) -> None:
        """A line under another text is no witness, and the whole note is not to be trusted."""
        other = Checkpoint(V, 4, b"k" * 32, CHECKPOINT.heads)
        line = sign_checkpoint(other, writer=B, key=TWO).decode().rpartition("\n\n")[2].encode()
        note = sign_checkpoint(CHECKPOINT, writer=A, key=ONE)
        with pytest.raises(Corrupt):
            read_any(note + line, vault=V, writers={A: ONE.public, B: TWO.public})
        assert read_any(note + line, vault=V, writers={A: ONE.public})[1] == (A,)

    def test_twice_is_not_better(self) -> None:
        note = sign_checkpoint(CHECKPOINT, writer=A, key=ONE)
        with pytest.raises(Corrupt, match="twice"):
            read_any(witness(note, vault=V, writer=A, key=ONE), vault=V, writers={A: ONE.public})

    def test_only_notes_are_witnessed(self) -> None:
        for bad in (b"", b"text\n", b"text\n\n", b"\n\n", b"text\n\nno line\n", b"\xff\n\nx\n"):
            with pytest.raises(Corrupt):
                witness(bad, vault=V, writer=A, key=ONE)

    def test_of_another_kind_or_vault(self) -> None:
        with pytest.raises(UnsupportedFormat):
            read_any(sign_note("else\n", vault=V, writer=A, key=ONE), vault=V, writers={A: ONE.public})
        assert read_note(sign_note("else\n", vault=V, writer=A, key=ONE), vault=V, writers={A: ONE.public}).text
        for text in (CHECKPOINT.text().replace(V.hex(), B.hex()), "clinicam checkpoint v1\n"):
            with pytest.raises(Corrupt):
                read_any(sign_note(text, vault=V, writer=A, key=ONE), vault=V, writers={A: ONE.public})

    def test_a_key_as_c2sp_writes_it(self) -> None:
        """The example of the C2SP specification's shape: name, four bytes of hash, algorithm 1 and the key."""
        name, hashed, key = vkey(V, A, ONE.public).split("+", 2)
        assert name == note_name(V, A)
        assert len(bytes.fromhex(hashed)) == 4
        assert key.startswith("A")
        assert read_vkey(vkey(V, A, ONE.public) + "\n") == (V, {A: ONE.public})
        for bad in ("", name, f"{name}+{hashed}+A=A=", f"{name}+00000000+{key}", f"{name}+{hashed}+{key[:-4]}AAAA",
                    f"{name}+{hashed}+B{key[1:]}"):  # fmt: skip
            with pytest.raises(Corrupt):
                read_vkey(bad)


def test_every_256_rows_at_lock_and_on_demand(practice: Practice) -> None:
    mine = practice.place / "checkpoints"
    with by_kit(practice):
        pass
    vault, opened = practice.unlocked()
    try:
        (file,) = mine.iterdir()
        before = file.read_bytes()
        opened.append(jumps(CHECKPOINT_EVERY - 2))
        assert file.read_bytes() == before
        opened.append(jumps(1))
        after = file.read_bytes()
        assert after != before
        signed = opened.inside.upkeep.save_checkpoint()
        assert signed.heads == opened.inside.index.heads()
        opened.append(jumps(1))
        assert file.read_bytes() == sign_checkpoint(
            signed, writer=opened.writer, key=opened.inside.scribe.writer.signing
        )
    finally:
        vault.close()
    assert file.read_bytes() != after


@pytest.mark.parametrize("op", ["write_at", "fsync", "replace"])
def test_rows_are_safe_where_a_checkpoint_is_not(faulty: Practice, op: str) -> None:
    """The 256th row is durable whatever becomes of the checkpoint, and the next row brings it."""
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    with by_kit(faulty):
        pass
    vault, opened = faulty.unlocked()
    try:
        (file,) = (faulty.place / "checkpoints").iterdir()
        before = file.read_bytes()
        opened.append(jumps(CHECKPOINT_EVERY - 2))
        # The append itself is one write and one flush; what comes after is the checkpoint's.
        calls.fail(op, 0 if op == "replace" else 1, errno.EIO, stays=True)
        opened.append(jumps(1))
        assert calls.failed
        assert file.read_bytes() == before
        calls.mend()
        rows = opened.counts().rows
        opened.append(jumps(1))
        assert opened.counts().rows == rows + 1
        assert file.read_bytes() != before
        assert check(opened).ok
    finally:
        vault.close()


def test_a_vault_that_lost_its_folder_of_checkpoints(practice: Practice) -> None:
    shutil.rmtree(practice.place / "checkpoints")
    with by_kit(practice) as desk:
        desk.opened.inside.upkeep.save_checkpoint()
        assert check(desk.opened).ok
    assert len(list((practice.place / "checkpoints").iterdir())) == 1


def test_workstations_witness_each_other(practice: Practice) -> None:
    other = elsewhere(practice)
    with by_kit(practice):
        pass
    with by_kit(other) as desk:
        assert not desk.opened.alarms
    mine, theirs = writer_of(practice), writer_of(other)
    assert signers(practice, mine) == {mine, theirs}
    assert signers(practice, theirs) == {theirs}
    note = (practice.place / "checkpoints" / mine.hex()).read_bytes()
    with by_kit(other):
        assert (practice.place / "checkpoints" / mine.hex()).read_bytes() == note
    with by_kit(practice) as desk:
        assert signers(practice, theirs) == {mine, theirs}
        assert check(desk.opened).ok


def test_a_checkpoint_of_rows_that_are_gone(practice: Practice) -> None:
    """Somebody puts back an older chain of the other workstation, where ours never saw the newer: its note tells."""
    other = elsewhere(practice)
    with by_kit(other):
        pass
    theirs = practice.place / "ledger" / writer_of(other).hex() / "000001.rows"
    early = theirs.read_bytes()
    with by_kit(practice):
        pass
    with by_kit(other) as desk:
        desk.opened.append(jumps(3))
    theirs.write_bytes(early)
    with by_kit(practice) as desk:
        (alarm,) = desk.opened.alarms
        assert alarm == f"checkpoint {writer_of(other).hex()}: names rows that are not here"
    assert signers(practice, writer_of(other)) == {writer_of(other)}


def test_notes_that_are_no_notes(practice: Practice) -> None:
    with by_kit(practice):
        pass
    folder = practice.place / "checkpoints"
    mine = folder / writer_of(practice).hex()
    good = mine.read_bytes()
    (folder / ("ab" * 16)).write_bytes(good)
    with by_kit(practice) as desk:
        assert desk.opened.alarms == (f"checkpoint {'ab' * 16}: of an unknown workstation",)
    (folder / ("ab" * 16)).unlink()
    other = elsewhere(practice)
    with by_kit(other):
        pass
    theirs = folder / writer_of(other).hex()
    for bad in (b"rubbish", good):
        theirs.write_bytes(bad)
        with by_kit(practice) as desk:
            (alarm,) = desk.opened.alarms
            assert alarm.startswith(f"checkpoint {writer_of(other).hex()}: ")
        assert theirs.read_bytes() == bad


def test_a_line_that_cannot_be_written_is_left_for_the_next_opening(faulty: Practice) -> None:
    other = elsewhere(faulty)
    with by_kit(faulty):
        pass
    with by_kit(other):
        pass
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    theirs = writer_of(other)
    vault = faulty.open()
    try:
        real = calls.replace

        def full(old: str, new: str, *, dir_fd: int) -> None:
            if new == theirs.hex():
                raise OSError(errno.ENOSPC, "full")
            real(old, new, dir_fd=dir_fd)

        calls.replace = full  # type: ignore[method-assign]
        opened = vault.unlock_with_kit(faulty.created.kit_words, faulty.gate)
        calls.replace = real  # type: ignore[method-assign]
        assert not opened.alarms
        assert signers(faulty, theirs) == {theirs}
    finally:
        vault.close()
    with by_kit(faulty):
        pass
    assert signers(faulty, theirs) == {theirs, writer_of(faulty)}


def test_a_note_that_changed_meanwhile_is_not_touched(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its author wrote a newer one between our reading and our signing."""
    other = elsewhere(practice)
    with by_kit(other):
        pass
    theirs = practice.place / "checkpoints" / writer_of(other).hex()
    real = read_any

    def slow(note: bytes, **names: object) -> object:
        theirs.write_bytes(b"newer")
        return real(note, **names)  # type: ignore[arg-type]

    monkeypatch.setattr("clinicam.vault.witnessing.read_any", slow)
    with by_kit(practice) as desk:
        assert not desk.opened.alarms
    assert theirs.read_bytes() == b"newer"


def test_time_of_another_workstation_is_noted_before_a_row_has_it(faulty: Practice) -> None:
    """A crash right after the first row of a risen time, then a wrong password: the chain stays in order."""
    with by_kit(faulty):
        pass
    with by_kit(elsewhere(faulty)) as desk:
        desk.opened.append(jumps(50))
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    before = writer_of(faulty)
    vault = faulty.open()
    rows = Path(faulty.place / "ledger" / before.hex() / "000001.rows")
    size = rows.stat().st_size

    class Killed(BaseException):
        pass

    def kill(op: str) -> None:
        if op == "open" and rows.stat().st_size > size:
            raise Killed

    calls.before = kill
    with pytest.raises(Killed):
        vault.unlock_with_kit(faulty.created.kit_words, faulty.gate)
    calls.before = lambda _op: None
    vault.close()
    assert rows.stat().st_size > size
    vault = faulty.open()
    try:
        vault.record_while_locked(What.UNLOCK_FAILED, "kit")
    finally:
        vault.close()
    problem: VaultError | None = None
    try:
        with by_kit(faulty) as desk:
            assert check(desk.opened).ok
    except VaultError as error:
        problem = error
    assert problem is None
