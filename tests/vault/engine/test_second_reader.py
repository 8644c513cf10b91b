# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole vault as the engine leaves it, opened by the second reader, which shares no code with the program."""

from __future__ import annotations

from clinicam.vault.acts import What
from clinicam.vault.openvault import NewRow, Rendition
from tests.vault.engine.bench import PASSWORD, Practice, patient_row, someone
from tests.vault.engine.test_damaged import host_file
from tests.vault.independent_reader import read_vault


def test_the_second_reader_opens_what_the_engine_wrote(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    patient = someone(practice.permit.patient)
    opened.append([patient_row(patient), NewRow(What.CAPTURE_REFUSED, patient.patient, None, "", b"", None, "C4")])
    jpeg, raw = b"jpeg" * 100_000, b"raw" * 10
    stored = opened.add(practice.frame(jpeg, raw))
    small = opened.add_rendition(stored.images[0], Rendition.THUMBNAIL, "image/jpeg", b"small")
    opened.close()
    vault.record_while_locked(What.FRAME_UNCLAIMED, "count=1")
    vault.close()
    host_file(practice, "note").unlink()
    vault, opened = practice.unlocked()  # another writer, another generation
    opened.note_view(stored.images[0])
    counts = opened.counts()
    vault.close()

    rows, objects = read_vault(practice.place, practice.created.user, PASSWORD)
    assert len(rows) == counts.rows + 1  # and the lock
    acts = [row.act["what"] for row in rows]
    assert f"{What.FRAME_UNCLAIMED.value} count=1" in acts
    assert f"{What.CAPTURE_REFUSED.value} C4" in acts
    assert [row.locked for row in rows if row.act["what"].startswith("frame.unclaimed")] == [True]
    images = [row.content for row in rows if row.content is not None and row.content["kind"] == "image"]
    assert [image["object_id"] for image in images] == [*stored.images, small]
    assert {name: picture for name, (_, _, picture) in objects.items()} == {
        stored.images[0]: jpeg,
        stored.images[1]: raw,
        small: b"small",
    }
    for image in images:
        meta, rendition, _ = objects[image["object_id"]]
        assert rendition == image["rendition"]
        assert all(meta[name] == image[name] for name in ("patient", "session", "frame", "parent", "view", "sha256"))
    batches = [row.act["batch"] for row in rows if row.act["what"].startswith("image.stored")]
    assert len({batch[0] for batch in batches}) == 1
    assert [batch[1:] for batch in batches] == [[2, 3], [3, 3]]
    for writer in {row.writer for row in rows}:
        times = [row.act["lamport"] for row in rows if row.writer == writer]
        assert times == sorted(set(times))
