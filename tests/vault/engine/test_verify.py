# SPDX-License-Identifier: GPL-3.0-or-later
"""The check of a whole vault, its upkeep, and that nothing of a patient lies in the clear."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence

import pytest

from clinicam.errors import Corrupt
from clinicam.identity import new_id
from clinicam.vault.acts import What
from clinicam.vault.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from clinicam.vault.content import Rendition
from clinicam.vault.heads import Head
from clinicam.vault.keyref import KeyTable
from clinicam.vault.opening import _Reader
from clinicam.vault.openvault import NewRow, OpenVault
from clinicam.vault.roster import Writer
from clinicam.vault.rows import Row
from clinicam.vault.scribe import Draft
from clinicam.vault.segment import scan_segment
from clinicam.vault.storing import Kept, image_content
from tests.vault.engine.bench import Practice, check, patient_row, someone
from tests.vault.engine.test_chains import crash
from tests.vault.engine.test_damaged import host_file, only, rows_file


def notes(opened: OpenVault) -> Sequence[str]:
    return check(opened, deep=False).findings


def test_progress_and_cancelling(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([NewRow(What.CLOCK_JUMP, None, None, "", b"", None)] * 200)
    told: list[tuple[int, int]] = []
    report = opened.verify(deep=False, progress=lambda done, of: told.append((done, of)), cancelled=lambda: False)
    assert report.ok
    assert told[0][0] == 64
    assert told[-1] == (report.rows, report.rows)
    assert all(done <= of for done, of in told)
    report = opened.verify(deep=True, progress=lambda _done, _of: None, cancelled=lambda: True)
    assert not report.ok
    assert report.findings == ("cancelled",)
    assert opened.counts().acts[What.VAULT_VERIFIED.value] == 2
    vault.close()


def test_objects_exchanged_or_of_another_vault(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    one, two = opened.add(practice.frame(b"one", b"two")).images
    paths = [practice.place / "objects" / name.hex()[:2] / name.hex() for name in (one, two)]
    data = [path.read_bytes() for path in paths]
    paths[0].write_bytes(data[1])
    paths[1].write_bytes(data[0])
    for deep in (False, True):
        assert len(check(opened, deep=deep).findings) == 2
    for image in (one, two):
        with pytest.raises(Corrupt):
            opened.read(image)
    vault.close()


def written(opened: OpenVault, drafts: Sequence[Draft]) -> None:
    opened.inside.write(drafts)


def test_rows_that_say_otherwise_or_twice(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    row = opened.image(image)
    key = opened._book.table.sealing_key(row.patient, row.session)
    assert key is not None
    again = Kept(row, key).draft(What.IMAGE_STORED, opened._book)
    written(opened, [again])
    assert notes(opened) == (f"object {image.hex()}: named by two rows",)
    stray = practice.frame(b"other")
    stored = opened.add(stray).images[0]
    data = opened._files.objects.get(stored)
    from clinicam.vault.objectfile import open_object

    meta, _ = open_object(data, opened._book.table.by_ref, vault=opened.vault_id, object_id=stored)
    lie = image_content(meta, Rendition.DERIVATIVE, stored)
    written(opened, [Kept(lie, key).draft(What.IMAGE_STORED, opened._book)])
    findings = notes(opened)
    assert any("its row says otherwise" in finding for finding in findings)
    vault.close()


def test_an_object_nobody_names(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    opened.inside.storer.put(
        _meta_of(opened, image), Rendition.ORIGINAL, b"stray", _key_of(opened, image)
    )  # fmt: skip
    assert any("no row names it" in finding for finding in notes(opened))
    vault.close()


def _meta_of(opened: OpenVault, image: bytes):  # type: ignore[no-untyped-def]
    from clinicam.vault.objectfile import open_object

    data = opened._files.objects.get(image)
    return open_object(data, opened._book.table.by_ref, vault=opened.vault_id, object_id=image)[0]


def _key_of(opened: OpenVault, image: bytes):  # type: ignore[no-untyped-def]
    row = opened._index.db.execute("SELECT patient, session FROM image WHERE object = ?", (image,)).fetchone()
    return opened._book.table.sealing_key(*row)


def test_the_same_row_id_twice_and_chains_that_moved(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([NewRow(What.CLOCK_JUMP, None, None, "", b"", None)])
    ledger = practice.place / "ledger"
    chain = only(ledger)
    aside = practice.folder / "aside"
    chain.rename(aside)
    assert any(finding.endswith(": missing") for finding in notes(opened))
    aside.rename(chain)
    path = rows_file(practice)
    data = path.read_bytes()
    cut = scan_segment(data, vault=opened.vault_id, head=_start(opened)).rows[-1].start
    path.write_bytes(data[:cut])
    assert any("ends elsewhere" in finding for finding in notes(opened))
    path.write_bytes(data[:-3])
    assert any(finding.startswith("chain ") for finding in notes(opened))
    path.write_bytes(data)
    vault.close()


def _start(opened: OpenVault) -> Head:
    from clinicam.vault.heads import chain_start

    return chain_start(opened.vault_id, opened.writer)


def test_checkpoints_witness_the_chains(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    # The row of the unlocking counts too.
    opened.append([NewRow(What.CLOCK_JUMP, None, None, "", b"", None)] * 254)
    note = practice.place / "checkpoints" / opened.writer.hex()
    assert not note.exists()
    opened.append([NewRow(What.CLOCK_JUMP, None, None, "", b"", None)])
    signing = opened.inside.scribe.writer.signing
    said = read_checkpoint(note.read_bytes(), vault=opened.vault_id, writer=opened.writer, public=signing.public)
    assert said.heads == opened._index.heads()
    assert check(opened).ok

    def sign(*heads: Head) -> None:
        lie = Checkpoint(said.vault, said.generation, said.keyring_sha256, heads)
        note.write_bytes(sign_checkpoint(lie, writer=opened.writer, key=signing))

    sign(Head(opened.writer, 3, b"x" * 32))
    assert any("not the one of a checkpoint" in finding for finding in notes(opened))
    sign(Head(opened.writer, 10**6, b"x" * 32))
    assert any("is missing" in finding for finding in notes(opened))
    vault.close()


def test_two_checkpoints_that_disagree(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    first, scribe = opened.writer, opened.inside.scribe.writer
    vault.close()
    host_file(practice, "note").unlink()
    vault, opened = practice.unlocked()
    keyring = opened._book.keyring
    for writer, key, digest in (
        (first, scribe.signing, b"x"),
        (opened.writer, opened.inside.scribe.writer.signing, b"y"),
    ):
        lie = Checkpoint(keyring.vault, keyring.generation, keyring.sha256, (Head(first, 2, digest * 32),))
        opened._files.write_checkpoint(writer, sign_checkpoint(lie, writer=writer, key=key))
    assert any("another history" in finding for finding in notes(opened))
    vault.close()


def test_slots_missing_or_of_nobody(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    slot = practice.place / "slots" / practice.created.user.hex()
    slot.rename(slot.with_name(new_id().hex()))
    report = check(opened, deep=False)
    assert any("missing" in finding for finding in report.findings)
    assert any("nobody" in alarm for alarm in report.alarms)
    vault.close()


def test_rows_whose_key_is_gone_though_nobody_destroyed_it(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    opened.add(practice.frame(b"picture"))
    book = opened._book
    left = [book.table.get(key.key_id) for bag in book.volumes.values() for key in bag.keys if key.session is None]
    book.table = KeyTable(book.shared.locator, [key for key in left if key is not None])
    report = check(opened, deep=False)
    assert [one for one in report.findings if one.startswith("keys:")] == ["keys: 1 are gone that nobody destroyed"]
    assert [finding for finding in report.findings if finding.startswith("chain")] == []
    vault.close()


def test_rows_of_a_removed_writer(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    known = opened._book.keyring.roster.writers[opened.writer]
    removed = Writer(known.writer, known.sign_public, Head(known.writer, 1, b"x" * 32))
    opened._book.keyring.roster.writers[opened.writer] = removed
    assert any("after it was removed" in finding for finding in notes(opened))
    seen: list[Row] = []
    for stretch in _stretches(opened):
        seen += stretch.rows
    reader = _Reader(opened._files, opened._book, opened._index, {}, check_all=True)
    reader._places = {}
    with pytest.raises(Corrupt, match="removed"):
        reader.chain(opened.writer)
    opened._book.keyring.roster.writers[opened.writer] = known
    vault.close()


def _stretches(opened: OpenVault):  # type: ignore[no-untyped-def]
    from clinicam.vault.chainread import ChainReader

    reader = ChainReader(opened._files.ledger, vault=opened.vault_id, writer=opened.writer, public=None)
    return reader.stretches()


def test_a_row_id_used_twice(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    import clinicam.vault.rows as rows_module

    vault, opened = practice.unlocked()
    real = rows_module.seal_row
    same = {"rid": b"r" * 16}
    monkeypatch.setattr("clinicam.vault.scribe.seal_row", lambda *args, **names: real(*args, **(names | same)))
    opened.append([NewRow(What.CLOCK_JUMP, None, None, "", b"", None)] * 2)
    monkeypatch.undo()
    assert notes(opened) == (f"row {(b'r' * 16).hex()}: an id used twice",)
    vault.close()


def test_marks_are_written_each_minute_and_when_quiet(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    marks = host_file(practice, "marks")
    act = [NewRow(What.CLOCK_JUMP, None, None, "", b"", None)]
    before = marks.read_bytes()
    opened.append(act)
    assert marks.read_bytes() == before
    practice.clock.forward(59)
    opened.tend()
    assert marks.read_bytes() == before
    practice.clock.forward(1)
    opened.tend()
    after = marks.read_bytes()
    assert after != before
    practice.clock.forward(600)
    opened.tend()
    assert marks.read_bytes() == after
    opened.append(act)
    assert marks.read_bytes() != after
    vault.close()


def test_snapshot_or_rebuilt_the_same(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    opened.add(practice.frame(b"picture", b"raw"))
    vault.close()
    vault, opened = practice.unlocked()
    quick = (opened.images(), opened.search_patients("marsh"))
    crash(vault)
    shutil.rmtree(practice.place / "index")
    vault, opened = practice.unlocked()
    assert (opened.images(), opened.search_patients("marsh")) == quick
    vault.close()


def test_a_snapshot_of_another_schema_or_heads_is_not_used(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    monkeypatch.setattr("clinicam.vault.upkeep.SCHEMA", 99)
    vault.close()
    monkeypatch.undo()
    vault, opened = practice.unlocked()
    assert opened.read(image) == b"picture"
    real = opened._index.heads
    opened._index.heads = lambda: tuple(Head(h.writer, h.seq, b"x" * 32) for h in real())  # type: ignore[method-assign]
    opened.inside.upkeep.save_snapshot()
    crash(vault)
    vault, opened = practice.unlocked()
    assert opened.read(image) == b"picture"
    vault.close()


def test_frames_of_another_program_get_their_time_from_the_object(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    frame = practice.frame(b"picture")
    image = opened.add(frame).images[0]
    row = opened.image(image)
    key = _key_of(opened, image)
    meta = _meta_of(opened, image)
    import msgspec

    other = msgspec.structs.replace(meta, frame=new_id())
    kept = opened.inside.storer.put(other, Rendition.ORIGINAL, b"theirs", key)
    lost = opened.inside.storer.put(msgspec.structs.replace(meta, frame=new_id()), Rendition.ORIGINAL, b"lost", key)
    written(opened, [kept.draft(What.IMAGE_STORED, opened._book), lost.draft(What.IMAGE_STORED, opened._book)])
    name = lost.content.object_id
    (practice.place / "objects" / name.hex()[:2] / name.hex()).unlink()
    crash(vault)
    vault, opened = practice.unlocked()
    times = {one.image: one.captured_ms for one in opened.images()}
    assert times[image] == frame.captured_ms
    assert times[kept.content.object_id] == frame.captured_ms
    assert row.patient == meta.patient
    vault.close()


def test_renditions_of_the_unknown_time(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    opened._index.db.execute("DELETE FROM frame")
    small = opened.add_rendition(image, Rendition.THUMBNAIL, "image/jpeg", b"small")
    assert opened.read(small) == b"small"
    vault.close()


def test_orphans_of_all_kinds_are_taken_in(practice: Practice) -> None:
    import msgspec

    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    meta, key = _meta_of(opened, image), _key_of(opened, image)
    fresh = msgspec.structs.replace(meta, frame=new_id())
    kinds: list[Callable[[], Kept]] = [
        lambda: opened.inside.storer.put(fresh, Rendition.ORIGINAL, b"jpeg", key),
        lambda: opened.inside.storer.put(fresh, Rendition.SECOND, b"raw", key),
        lambda: opened.inside.storer.put(msgspec.structs.replace(meta, parent=image), Rendition.PREVIEW, b"small", key),
        lambda: opened.inside.storer.put(msgspec.structs.replace(meta, frame=None), Rendition.DERIVATIVE, b"crop", key),
    ]
    names = [make().content.object_id for make in kinds]
    crash(vault)
    vault, opened = practice.unlocked()
    assert opened.counts().acts[What.OBJECT_ADOPTED.value] == 4
    assert [opened.read(name) for name in names] == [b"jpeg", b"raw", b"small", b"crop"]
    assert opened.images()[0].preview == names[2]
    assert opened.images()[-1].captured_ms >= 0
    assert check(opened).ok
    vault.close()


def test_nothing_of_a_patient_lies_in_the_clear(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    marker = b"PLAINTEXT-MARKER-9434765919"
    patient = someone(practice.permit.patient, family="Featherstonehaugh")
    opened.append([
        patient_row(patient),
        NewRow(What.SESSION_EVENT, patient.patient, None, "note", new_id(), b"\xc4\x1b" + marker),
    ])
    opened.add(practice.frame(marker * 1000, marker * 20_000))
    vault.close()
    hunted = 0
    for path in practice.folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            hunted += len(data)
            for secret in (marker, b"Featherstonehaugh", b"featherstonehaugh", b"Eleanor", patient.patient):
                assert secret not in data, path.name
            assert patient.patient.hex() not in path.name
    assert hunted > 500_000
    (practice.place / "planted").write_bytes(marker)
    assert any(marker in path.read_bytes() for path in practice.folder.rglob("*") if path.is_file())
