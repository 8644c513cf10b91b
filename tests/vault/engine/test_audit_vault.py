# SPDX-License-Identifier: GPL-3.0-or-later
"""What an auditor gets: every act, and nothing that opens anything of a patient."""

from __future__ import annotations

import errno
import gc
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from clinicam.errors import (
    AlreadyRunning,
    Corrupt,
    DiskFull,
    PasswordRefused,
    RoleRefused,
    RolledBack,
    UnsupportedFormat,
    VaultClosed,
    VaultError,
    WriteFailed,
    WrongPassword,
)
from clinicam.identity import NOBODY, StaffId
from clinicam.vault.acts import What
from clinicam.vault.auditing import find_ends, open_audit
from clinicam.vault.auditvault import AuditInside, AuditVault
from clinicam.vault.checkpoint import read_any
from clinicam.vault.heads import chain_start
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import KeyringFile, parse_keyring
from clinicam.vault.keys import KeyBook, open_keys
from clinicam.vault.ledgerread import LedgerReader
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Writer
from clinicam.vault.seen import load_marks
from clinicam.vault.segment import scan_segment
from clinicam.vault.upkeep import CHECKPOINT_EVERY
from clinicam.vault.vault import Vault
from tests.vault.engine.audit_bench import audited, some_acts, with_auditor
from tests.vault.engine.bench import CHEAP, PASSWORD, FaultyCalls, Practice, check, outcome
from tests.vault.engine.ledger_bench import Deed, Ledger
from tests.vault.engine.people_bench import OTHER, OWN, by_kit, without_stretching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)


def codes(vault: AuditVault) -> list[str]:
    return [row.code for row in vault.desk.reader.stream().take(10_000)]


def test_reads_the_acts_of_everybody(practice: Practice) -> None:
    auditor = with_auditor(practice)
    with audited(practice, auditor) as (_, vault):
        found = vault.desk.reader.stream().take(10_000)
        assert found[0].what is What.UNLOCK
        assert found[0].detail == "auditor"
        assert found[0].who == auditor
        assert found[-1].what is What.VAULT_CREATED
        assert len(found) == vault.desk.reader.rows()
        assert {row.who for row in found} >= {auditor, practice.created.user}
        assert [row.order for row in found] == sorted((row.order for row in found), reverse=True)
        refused = [row for row in found if row.what is What.CAPTURE_REFUSED]
        assert len({row.act.subject for row in refused}) == 2
        assert vault.alarms == ()
        assert vault.training
        assert vault.place == practice.place


def test_a_wrong_password_is_an_act_and_the_right_one_too(practice: Practice) -> None:
    auditor = with_auditor(practice)
    with pytest.raises(WrongPassword), audited(practice, auditor, "not the password"):
        pass
    with audited(practice, auditor) as (_, vault):
        assert codes(vault)[:2] == ["unlock", "unlock.failed"]
    with by_kit(practice) as desk:
        acts = desk.opened.counts().acts
        assert acts["unlock.failed"] == 1
        assert acts["lock"] == 2
        assert desk.opened.verify(deep=True, progress=lambda *_: None, cancelled=lambda: False).ok


def test_holds_no_bag_key(practice: Practice) -> None:
    """Neither by its type, nor by anything that can be reached from it, nor by what its password opens."""
    auditor = with_auditor(practice)
    with by_kit(practice) as desk:
        book = desk.opened.inside.book
        secrets = {
            *(key.secret for key in book.table.all()), book.epoch, book.shared.locator, book.shared.index,
            book.shared.audit,
        }  # fmt: skip
        assert len(secrets) >= 5
    public = {name for name in dir(AuditVault) if not name.startswith("_")}
    assert public == {"change_password", "close", "is_open", "note_act", "place"}
    assert not public & {"read", "add", "images", "entries", "search_patients", "patient"}
    with audited(practice, auditor) as (_, vault):
        reached = reachable(vault)
        assert not any(isinstance(one, KeyBook | OpenVault) for one in reached)
        # The audit seed itself is not kept, only what grows from it.
        assert not secrets & {one for one in reached if isinstance(one, bytes)}
        inside = next(one for one in reached if isinstance(one, AuditInside))
        seed = inside.keyring.open_seed(auditor, inside.secret.hpke_pair())
        others = [user for user in inside.keyring.recipients if user != auditor]
        assert seed not in secrets - {seed}
        assert others
        for user in others:
            with pytest.raises(Corrupt):
                inside.keyring.open_seed(user, inside.secret.hpke_pair())
        with pytest.raises(Corrupt):
            open_keys(inside.files, vault=vault.vault_id, user=auditor, secret=inside.secret)


def reachable(start: Any) -> list[Any]:
    """Every object that can be reached from `start` by attributes, items and closures, but not through modules."""
    seen: dict[int, Any] = {}
    waiting = [start]
    while waiting:
        one = waiting.pop()
        if id(one) in seen or isinstance(one, type) or type(one).__name__ in {"module", "builtin_function_or_method"}:
            continue
        seen[id(one)] = one
        for found in gc.get_referents(one):
            # A function's globals are the program, not what this vault holds.
            if not (type(one).__name__ == "function" and found is one.__globals__):
                waiting.append(found)
    return list(seen.values())


def test_who_may_go_through_which_door(practice: Practice) -> None:
    auditor = with_auditor(practice)
    vault = practice.open()
    try:
        ranks = {login.user: login.rank.name for login in vault.logins()}
        assert ranks == {practice.created.user: "MANAGER", auditor: "AUDITOR"}
        with pytest.raises(RoleRefused):
            vault.unlock(auditor, OTHER, practice.gate)
        with pytest.raises(RoleRefused):
            vault.unlock_with_pin(auditor, "1234", practice.gate)
        with pytest.raises(RoleRefused):
            vault.unlock_audit(practice.created.user, OTHER)
        with pytest.raises(RoleRefused):
            vault.unlock_audit(StaffId(b"x" * 16), OTHER)
        vault.unlock_audit(auditor, OTHER)
        with pytest.raises(AlreadyRunning):
            vault.unlock_audit(auditor, OTHER)
        with pytest.raises(AlreadyRunning):
            vault.unlock(practice.created.user, OTHER, practice.gate)
    finally:
        vault.close()


def audit_of(vault: Vault, practice: Practice, user: StaffId, password: str) -> AuditVault:
    """What `Vault.unlock_audit` does behind its first question."""
    return open_audit(
        vault._files,
        practice.host,
        vault._chain,
        user=user,
        secret=vault._door.by_password(user, password),
        on_close=lambda: None,
    )


def test_a_manager_cannot_become_an_auditor_by_calling_differently(practice: Practice) -> None:
    with_auditor(practice)
    vault = practice.open()
    try:
        with pytest.raises(RoleRefused):
            audit_of(vault, practice, practice.created.user, PASSWORD)
    finally:
        vault.close()


def test_another_audit_key_than_the_keyring_publishes(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    auditor = with_auditor(practice)
    monkeypatch.setattr(KeyringFile, "open_seed", lambda *_: b"s" * 32)
    with pytest.raises(Corrupt, match="audit key"), audited(practice, auditor):
        pass


def test_own_password(practice: Practice) -> None:
    auditor = with_auditor(practice)
    with audited(practice, auditor) as (_, vault):
        with pytest.raises(WrongPassword):
            vault.change_password("not this one", OWN, cost=lambda: CHEAP)
        with pytest.raises(PasswordRefused):
            vault.change_password(OTHER, "short", cost=lambda: CHEAP)
        vault.change_password(OTHER, OWN, cost=lambda: CHEAP)
        assert codes(vault)[0] == "password.changed"
    with pytest.raises(WrongPassword), audited(practice, auditor):
        pass
    with audited(practice, auditor, OWN) as (_, vault):
        assert vault.is_open
    with pytest.raises(VaultClosed):
        vault.change_password(OWN, OTHER)


def test_after_lock_nothing_is_left(practice: Practice) -> None:
    auditor = with_auditor(practice)
    with audited(practice, auditor) as (locked, vault):
        stream = vault.desk.reader.stream()
        key = vault._inside.audit.key
        vault.close()
        vault.close()
        assert not vault.is_open
        reader = vault.desk.reader
        for use in (
            lambda: stream.take(1), reader.stream, reader.count, reader.rows, reader.heads, reader.chains,
            vault.desk.hand_out, lambda: vault.note_act(What.CLOCK_JUMP),
        ):  # fmt: skip
            with pytest.raises(VaultClosed):
                use()
        assert key not in {one for one in reachable(vault) if isinstance(one, bytes)}
        # The door is free again.
        with_founder = locked.unlock(practice.created.user, PASSWORD, practice.gate)
        assert with_founder.counts().acts["lock"] >= 2


def test_acts_of_the_program_are_written_in_the_auditors_name(practice: Practice) -> None:
    auditor = with_auditor(practice)
    with audited(practice, auditor) as (locked, vault):
        locked.record_while_locked(What.FRAME_UNCLAIMED, "count=1")
        (newest,) = vault.desk.reader.stream().take(1)
        assert (newest.code, newest.detail, newest.who) == ("frame.unclaimed", "count=1", auditor)


def test_marks_go_on_and_say_nothing_new_of_bags(practice: Practice) -> None:
    auditor = with_auditor(practice)
    keyring = parse_keyring((practice.place / "keyring").read_bytes(), vault=None, anchor=None)
    before = load_marks(practice.host, keyring)
    with audited(practice, auditor):
        pass
    after = load_marks(practice.host, keyring)
    assert before is not None
    assert after is not None
    assert (after.bags, after.generation, after.roster_sha256) == (
        before.bags, before.generation, before.roster_sha256,
    )  # fmt: skip
    assert after.heads[0].seq == before.heads[0].seq + 2


def test_without_marks_there_are_none_after(practice: Practice) -> None:
    auditor = with_auditor(practice)
    marks = next(practice.host.path.glob("*.marks"))
    marks.unlink()
    with audited(practice, auditor):
        pass
    assert not marks.exists()
    with by_kit(practice) as desk:
        assert not desk.opened.alarms


def test_a_checkpoint_is_left_at_lock_and_every_256_acts(practice: Practice) -> None:
    auditor = with_auditor(practice)
    keyring = parse_keyring((practice.place / "keyring").read_bytes(), vault=None, anchor=None)
    writers = {writer.writer: writer.sign_public for writer in keyring.roster.writers.values()}

    def newest() -> int:
        (file,) = (practice.place / "checkpoints").iterdir()
        checkpoint, by = read_any(file.read_bytes(), vault=keyring.vault, writers=writers)
        assert by == tuple(writers)
        return checkpoint.heads[0].seq

    start = newest()
    with audited(practice, auditor) as (_, vault):
        for _ in range(CHECKPOINT_EVERY):
            vault.note_act(What.CLOCK_JUMP)
        assert newest() == start + 1 + CHECKPOINT_EVERY
    assert newest() == start + 2 + CHECKPOINT_EVERY


def test_what_cannot_be_written(faulty: Practice) -> None:
    """An unlock that cannot be recorded does not happen; a lock happens whatever is recorded."""
    auditor = with_auditor(faulty)
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault = faulty.open()
    try:
        calls.fail("write_at", 2, errno.ENOSPC, stays=True)
        with pytest.raises(DiskFull):
            vault.unlock_audit(auditor, OTHER)
        calls.mend()
        opened = vault.unlock_audit(auditor, OTHER)
        calls.fail("fsync", 0, errno.EIO, stays=True)
        with pytest.raises(WriteFailed):
            opened.note_act(What.CLOCK_JUMP)
        opened.close()
        assert not opened.is_open
        calls.mend()
    finally:
        vault.close()
    with audited(faulty, auditor) as (_, again):
        assert codes(again)[0] == "unlock"


class Elsewhere:
    """The same vault on another workstation."""

    def __init__(self, practice: Practice) -> None:
        self.practice = Practice(
            practice.folder,
            practice.clock,
            HostFolder(
                practice.folder / "other",
                wall_ms=practice.clock.wall_ms,
                monotonic=practice.clock.monotonic,
                machine=b"two",
            ),
            practice.created,
            practice.permit,
            practice.gate,
            practice.calls,
        )


def test_on_a_workstation_nobody_enrolled(practice: Practice) -> None:
    auditor = with_auditor(practice)
    other = Elsewhere(practice).practice
    with pytest.raises(WriteFailed), audited(other, auditor):
        pass
    with by_kit(other) as desk:
        some_acts(desk.opened)
    with audited(other, auditor) as (_, vault):
        facts = vault.desk.reader.chains()
        assert len(facts) == 2
        assert all(one.short for one in facts)
        assert not any(one.is_removed for one in facts)
        found = vault.desk.reader.stream().take(10_000)
        assert [row.order for row in found] == sorted((row.order for row in found), reverse=True)
        # Time goes on from the highest of all chains.
        assert found[0].head.writer == vault.writer
        assert found[0].code == "unlock"
    with audited(practice, auditor) as (_, vault):
        newest = vault.desk.reader.stream().take(1)[0]
        assert newest.head.writer == vault.writer
        assert newest.act.lamport > found[0].act.lamport
        note = practice.host.note(vault.vault_id)
        assert note is not None
        assert note.lamport == newest.act.lamport
    for one in (practice, other):
        with by_kit(one) as desk:
            assert check(desk.opened).ok


# --- what was done to the chains while it was locked ----------------------------------------------------------------------


def segment(practice: Practice) -> Path:
    (file,) = practice.place.glob("ledger/*/000001.rows")
    return file


def reason(practice: Practice, auditor: StaffId) -> VaultError | None:
    def read() -> None:
        with audited(practice, auditor) as (_, vault):
            vault.desk.reader.stream().take(10_000)

    return outcome(read)


def test_every_byte_of_every_row_is_read_back_as_it_was(practice: Practice) -> None:
    """One bit in each place of a young ledger is never taken for an act.

    Signatures are not looked at again: the chain vouches for rows, and checking all is `verify`'s.
    """
    auditor = with_auditor(practice)
    file = segment(practice)
    vault = practice.open()
    try:
        opened = vault.unlock_audit(auditor, OTHER)
        whole = file.read_bytes()
        good = opened.desk.reader.stream().take(10_000)
        rows = scan_segment(whole, vault=opened.vault_id, head=chain_start(opened.vault_id, opened.writer)).whole()
        in_signature = {place for row in rows for place in range(row.end - 64, row.end)}
        for place in range(8, len(whole), 23):
            bad = bytearray(whole)
            bad[place] ^= 1 << place % 8
            with file.open("r+b") as there:
                there.write(bad)
            reader = LedgerReader(
                opened.desk.files,
                keys=lambda: opened._inside.audit,
                ends=lambda: dict(opened._inside.ends),
                keyring=lambda: opened._inside.keyring,
            )
            if place in in_signature:
                assert reader.stream().take(10_000) == good
                continue
            with pytest.raises((Corrupt, UnsupportedFormat)):
                reader.stream().take(10_000)
        with file.open("r+b") as there:
            there.write(whole)
    finally:
        vault.close()


def test_a_ledger_that_was_cut(practice: Practice) -> None:
    auditor = with_auditor(practice)
    file = segment(practice)
    before = file.read_bytes()
    with audited(practice, auditor):
        pass
    file.write_bytes(before)
    assert isinstance(reason(practice, auditor), RolledBack)
    shutil.rmtree(file.parent)
    assert isinstance(reason(practice, auditor), RolledBack)


def test_another_workstations_chain(practice: Practice) -> None:
    """Rolled back, forked, torn, damaged, of nobody: what opening a vault says, opening its ledger says."""
    auditor = with_auditor(practice)
    mine = segment(practice)
    other = Elsewhere(practice).practice
    with by_kit(other) as desk:
        some_acts(desk.opened)
    (theirs,) = set(practice.place.glob("ledger/*/000001.rows")) - {mine}
    early = theirs.read_bytes()
    with audited(practice, auditor):
        pass
    with by_kit(other) as desk:
        some_acts(desk.opened)
    late = theirs.read_bytes()
    with audited(practice, auditor) as (_, vault):
        assert vault.alarms == ()
    theirs.write_bytes(early)
    assert isinstance(reason(practice, auditor), RolledBack)
    theirs.write_bytes(late + late[8:300])
    with audited(practice, auditor) as (_, vault):
        assert any("torn end" in alarm for alarm in vault.alarms)
    bad = bytearray(late)
    bad[-100] ^= 1
    theirs.write_bytes(bad)
    assert isinstance(reason(practice, auditor), Corrupt)
    theirs.write_bytes(late)
    stranger = practice.place / "ledger" / ("ab" * 16)
    stranger.mkdir()
    (stranger / "000001.rows").write_bytes(late)
    assert isinstance(reason(practice, auditor), Corrupt)
    # Its rows are in quarantine: an empty folder is nobody's chain.
    (stranger / "000001.rows").unlink()
    with audited(practice, auditor) as (_, vault):
        assert vault.alarms == ()
        assert vault.desk.reader.chains()
    shutil.rmtree(stranger)
    assert reason(practice, auditor) is None
    with by_kit(other) as desk:
        some_acts(desk.opened)
    newest = theirs.read_bytes()
    bad = bytearray(newest)
    bad[len(late) + 150] ^= 1
    theirs.write_bytes(bad)
    assert isinstance(reason(practice, auditor), Corrupt)
    theirs.write_bytes(newest)
    assert reason(practice, auditor) is None
    shutil.rmtree(theirs.parent)
    assert isinstance(reason(practice, auditor), RolledBack)


def test_rows_of_a_workstation_after_it_was_removed(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "v")
    ledger.write([Deed(NOBODY, "unlock.failed", None, 1)])
    head = ledger.scribes[0].end.head
    writer = Writer(head.writer, ledger.keys[0].signing.public, head)
    keyring = replace(ledger.keyring, roster=replace(ledger.keyring.roster, writers={head.writer: writer}))
    ends, alarms = find_ends(ledger.files, keyring, ())
    assert ends[head.writer].head == head
    assert not alarms
    (facts,) = replace_keyring(ledger, keyring).chains()
    assert facts.is_removed
    ledger.write([Deed(NOBODY, "unlock.failed", None, 2)])
    with pytest.raises(Corrupt, match="removed"):
        find_ends(ledger.files, keyring, ())
    ledger.close()


def replace_keyring(ledger: Ledger, keyring: KeyringFile) -> LedgerReader:
    ledger.keyring = keyring
    return ledger.reader()


def test_our_chain_changed_between_finding_and_unlocking(practice: Practice) -> None:
    auditor = with_auditor(practice)
    vault = practice.open()
    try:
        scribe = vault._chain.scribe
        assert scribe is not None
        end = scribe.end
        vault.record_while_locked(What.FRAME_UNCLAIMED, "count=1")
        scribe.end = end
        with pytest.raises(Corrupt, match="while it was locked"):
            vault.unlock_audit(auditor, OTHER)
    finally:
        vault.close()
