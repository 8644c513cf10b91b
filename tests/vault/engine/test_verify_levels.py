# SPDX-License-Identifier: GPL-3.0-or-later
"""Only what is new, against a checkpoint kept outside, and what waits to be erased."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from clinicam.errors import Corrupt
from clinicam.identity import new_id
from clinicam.vault.accepting import set_aside_checkpoints
from clinicam.vault.acts import What
from clinicam.vault.agreements import Agreement
from clinicam.vault.checknote import CheckNote, load_note
from clinicam.vault.checkpoint import Checkpoint, sign_checkpoint
from clinicam.vault.content import ImageContent
from clinicam.vault.erasure import Erasures
from clinicam.vault.heads import Head, chain_start
from clinicam.vault.index import Index
from clinicam.vault.model import VerifyReport
from clinicam.vault.openvault import OpenVault
from clinicam.vault.segment import scan_segment
from clinicam.vault.signatures import SignatureChecks, helpers
from tests.vault.engine.bench import Practice, check, patient_row, someone
from tests.vault.engine.test_chains import a_row
from tests.vault.engine.test_damaged import host_file, rows_file
from tests.vault.engine.test_index import made_act, made_row
from tests.vault.engine.test_readonly import look
from tests.vault.engine.test_scrub import flip, path_of


def verify(opened: OpenVault, *, deep: bool = False, against: Sequence[bytes] = ()) -> VerifyReport:
    return opened.verify(deep=deep, progress=lambda *_: None, cancelled=lambda: False, only_new=True, against=against)


def signed(opened: OpenVault, *heads: Head, generation: int | None = None, sha256: bytes | None = None) -> bytes:
    keyring, writer = opened._book.keyring, opened.inside.scribe.writer
    lie = Checkpoint(
        keyring.vault,
        keyring.generation if generation is None else generation,
        keyring.sha256 if sha256 is None else sha256,
        heads,
    )
    return sign_checkpoint(lie, writer=writer.writer, key=writer.signing)


def head_of(practice: Practice, seq: int) -> Head:
    path, vault = rows_file(practice), practice.created.vault_id
    head = chain_start(vault, bytes.fromhex(path.parent.name))
    return scan_segment(path.read_bytes(), vault=vault, head=head).rows[seq - 1].head


def test_only_rows_since_the_last_check_are_read_again(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    first = verify(opened)
    assert first.ok
    second = verify(opened)
    assert second.ok
    assert second.rows == 1, "the act of the first check"
    assert second.objects == 1
    other = opened.add(practice.frame(b"another")).images[0]
    third = verify(opened)
    assert third.ok
    assert third.rows == 3, "note, picture and the act of the second check"
    assert verify(opened, deep=True).ok
    flip(path_of(practice, image), 20)
    assert verify(opened).ok, "an earlier check found it good"
    assert not check(opened, deep=False).ok
    flip(path_of(practice, image), 20)
    path_of(practice, other).unlink()
    assert not verify(opened).ok
    vault.close()


def test_a_check_that_found_something_is_not_remembered(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    flip(path_of(practice, image), 20)
    assert not verify(opened).ok
    assert load_note(practice.host, opened._book) == CheckNote()
    assert not verify(opened).ok
    vault.close()


def test_a_note_that_does_not_fit_is_as_good_as_none(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    rows = verify(opened).rows
    note = host_file(practice, "checked")
    good = note.read_bytes()
    note.write_bytes(good[:-1] + bytes([good[-1] ^ 1]))
    assert verify(opened).rows > rows
    # A row that is no longer where the note says it is.
    remembered = load_note(practice.host, opened._book)
    path = rows_file(practice)
    whole = path.read_bytes()
    path.write_bytes(whole[: remembered.chains[0].start])
    assert not verify(opened).ok
    path.write_bytes(whole)
    vault.close()


def test_a_checkpoint_of_older_rows_is_looked_for_again(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    for n in range(5):
        opened.append([a_row(n)])
    assert verify(opened).ok
    good = signed(opened, head_of(practice, 3))
    assert verify(opened, against=[good]).ok
    assert verify(opened, against=[good]).ok
    bad = signed(opened, Head(opened.writer, 3, b"x" * 32))
    (finding,) = verify(opened, against=[bad]).findings
    assert finding.startswith("rewritten: ")
    vault.close()


def test_rollback_and_rewriting_show_by_a_checkpoint(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    keyring = opened._book.keyring
    head = opened._index.heads()[0]
    cases = (
        ("rolled back: chain", signed(opened, replace(head, seq=head.seq + 9))),
        ("rolled back: the keyring", signed(opened, head, generation=keyring.generation + 1)),
        ("rewritten: another keyring", signed(opened, head, sha256=b"y" * 32)),
        ("checkpoint given: ", b"no note"),
    )
    for start, note in cases:
        report = check_against(opened, note)
        assert [one[: len(start)] for one in report.findings] == [start]
    assert check_against(opened, signed(opened, head)).ok
    opened._files.write_checkpoint(opened.writer, signed(opened, replace(head, row_hash=b"z" * 32)))
    findings = check_against(opened, signed(opened, head)).findings
    assert any("another history" in one for one in findings)
    opened._files.write_checkpoint(new_id(), signed(opened, head))
    assert any("unknown workstation" in one for one in check_against(opened, signed(opened, head)).findings)
    vault.close()


def check_against(opened: OpenVault, note: bytes) -> VerifyReport:
    return opened.verify(deep=False, progress=lambda *_: None, cancelled=lambda: False, against=[note])


def test_signatures_the_first_bad_one_counts(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clinicam.vault.signatures._AHEAD", 1)
    monkeypatch.setattr("clinicam.vault.signatures.PORTION", 1)
    vault, opened = practice.unlocked()
    opened.append([a_row()] * 6)
    path = rows_file(practice)
    head = chain_start(opened.vault_id, opened.writer)
    rows = scan_segment(path.read_bytes(), vault=opened.vault_id, head=head).rows
    pool = helpers()
    good = SignatureChecks(pool, opened.inside.scribe.writer.signing.public)
    good.bring(rows)
    assert good.first_bad() is None
    bad = SignatureChecks(pool, b"\1" * 32)
    bad.bring(rows)
    assert bad.first_bad() == 1
    pool.shutdown()
    data = bytearray(path.read_bytes())
    data[rows[2].end - 1] ^= 1
    path.write_bytes(bytes(data))
    assert any("the signature of row 3 does not verify" in one for one in check(opened, deep=False).findings)
    vault.close()


def test_an_empty_folder_of_a_chain_is_no_chain(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    (practice.place / "ledger" / ("cd" * 16)).mkdir()
    assert check(opened).ok
    vault.close()
    vault, opened = practice.unlocked()
    stranger = practice.place / "ledger" / ("cd" * 16) / "000001.rows"
    stranger.write_bytes(b"CCROWS\0\1")
    assert any("unknown workstation" in one for one in check(opened).findings)
    vault.close()


def test_what_waits_to_be_erased_is_no_damage(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    row = opened.image(image)
    opened._book.table.shut([key.key_id for key in opened._book.table.all() if key.session == row.session])
    for deep in (False, True):
        report = check(opened, deep=deep)
        assert f"object {image.hex()} waits to be erased" in report.alarms
    opened._index.db.execute("INSERT INTO gone VALUES (?)", (image,))
    assert f"object {image.hex()} was moved and is still there" in check(opened).alarms
    vault.close()


def test_nothing_of_what_is_to_be_erased_is_shown(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.vault.engine.twopeople import enrol

    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    opened.add(practice.frame(b"picture"))
    ann = enrol(opened)

    def cut(*_args: object) -> None:
        raise Corrupt("power cut")

    monkeypatch.setattr("clinicam.vault.erasure.Erasures._carry_out", cut)
    with pytest.raises(Corrupt):
        Erasures(opened.inside).erase(practice.permit.patient, reason="withdrawn", second=ann.cosigns())
    monkeypatch.undo()
    vault.close()
    vault, looking = look(practice)
    assert looking.images() == ()
    assert looking.search_patients("marsh") == ()
    vault.close()


def test_checkpoints_that_cannot_be_read_go_aside(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened._files.write_checkpoint(opened.writer, b"no note")
    set_aside_checkpoints(opened._files, opened.inside)
    assert not (practice.place / "checkpoints" / opened.writer.hex()).exists()
    opened.inside.upkeep.save_checkpoint()
    chain = practice.place / "ledger" / opened.writer.hex()
    (chain / "000003.rows").write_bytes(b"")
    set_aside_checkpoints(opened._files, opened.inside)
    assert not (practice.place / "checkpoints" / opened.writer.hex()).exists()
    (chain / "000003.rows").unlink()
    vault.close()


def test_one_step_takes_all_that_fits_and_an_empty_vault_has_nothing(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    assert not opened.scrub.step()
    assert opened.scrub.progress().percent == 0
    assert opened.scrub.progress().finished_ms
    vault.close()


def test_an_object_named_twice_in_one_fold() -> None:
    index = Index()
    first, second = made_row(b"a" * 16, 1), made_row(b"a" * 16, 2)
    content = ImageContent(
        patient=b"p" * 16,
        session=None,
        frame=None,
        object_id=b"o" * 16,
        rendition=1,  # type: ignore[arg-type]
        parent=None,
        media_type="image/jpeg",
        view="",
        sha256=b"h" * 32,
    )
    acts = [made_act(What.IMAGE_STORED, lamport) for lamport in (1, 2)]
    index.fold([(first, acts[0], content), (second, acts[1], content)], segment=1, base=0)
    with index.lock:
        assert index.db.execute("SELECT seq FROM image").fetchall() == [(1,)]
        assert index.db.execute("SELECT images FROM seen").fetchall() == [(1,)]
    with pytest.raises(AttributeError):
        index.fold([(first, acts[0], object())], segment=1, base=0)  # type: ignore[list-item]
    index.close()


def test_a_vault_without_marks_has_nothing_to_keep_aside(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    vault.close()
    vault = practice.open()
    host_file(practice, "marks").unlink()
    looking = vault.unlock_read_only_with_kit(practice.created.kit_words)
    opened = vault.accept_history(looking, practice.gate)
    assert opened.counts().acts[What.HISTORY_ACCEPTED.value] == 1
    assert check(opened).ok
    vault.close()


def test_an_erased_key_that_is_back_is_told_and_shut(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    session = opened.image(image).session
    keys = tuple(key.key_id for key in opened._book.table.all() if key.session == session)
    vault.close()
    act = made_act(What.ERASURE_INTENDED, 1)
    done = Agreement(b"r" * 16, act, keys, "withdrawn", (b"a" * 16, b"b" * 16), made_act(What.ERASURE_DONE, 2))
    monkeypatch.setattr("clinicam.vault.readonly.agreements", lambda *_: ((done,), ()))
    vault, looking = look(practice)
    assert any("an erased key is back" in str(problem) for problem in looking.problems)
    assert looking.images() == ()
    vault.close()
