# SPDX-License-Identifier: GPL-3.0-or-later
"""A vault from its making to its locking, as the rooms above use it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import (
    AlreadyRunning,
    Corrupt,
    DiskFull,
    FrameRefused,
    LockedOut,
    NotFound,
    PermitRefused,
    PlaceRefused,
    TrainingOnly,
    VaultClosed,
    VaultExists,
    VaultMissing,
    WrongPassword,
)
from clinicam.identity import FrameId, ImageId, PatientId, SessionId, StaffId, new_id
from clinicam.permits import Admission
from clinicam.vault.acts import What
from clinicam.vault.codec import encode
from clinicam.vault.media import judge
from clinicam.vault.openvault import NewFile, NewRow, OpenVault, Rendition
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import (
    PASSWORD,
    Gate,
    Practice,
    check,
    make_permit,
    make_practice,
    patient_row,
    someone,
)


def test_everything_is_there_after_locking_and_unlocking(practice: Practice) -> None:
    vault = practice.open()
    opened = vault.unlock(practice.created.user, PASSWORD, practice.gate)
    patient = someone(practice.permit.patient)
    opened.append([patient_row(patient)])
    jpeg, raw = os.urandom(700_000), os.urandom(900_000)
    frame = practice.frame(jpeg, raw)
    stored = opened.add(frame)
    thumb = opened.add_rendition(stored.images[0], Rendition.THUMBNAIL, "image/jpeg", b"small")
    preview = opened.add_rendition(stored.images[0], Rendition.PREVIEW, "image/jpeg", b"middling")
    assert opened.read(stored.images[0]) == jpeg
    opened.close()
    opened = vault.unlock(practice.created.user, PASSWORD, practice.gate)
    assert opened.read(stored.images[0]) == jpeg
    assert opened.read(stored.images[1]) == raw
    assert opened.read(thumb) == b"small"
    original, second = opened.images(patient=patient.patient)
    assert (original.image, original.rendition, original.frame) == (stored.images[0], Rendition.ORIGINAL, frame.frame)
    assert (original.preview, original.thumbnail) == (preview, thumb)
    assert (original.captured_ms, original.view) == (frame.captured_ms, "EV-01")
    assert (original.consent, original.permit) == (practice.permit.consent, practice.permit.permit)
    assert original.admission is Admission.FILED
    assert (second.image, second.parent, second.media_type) == (stored.images[1], stored.images[0], "image/x-nikon-nef")
    assert opened.images(session=practice.permit.session) == (original, second)
    assert opened.images(session=SessionId(new_id())) == ()
    assert opened.patient(patient.patient) == patient
    assert opened.counts().images == 1
    assert opened.counts().objects == 4
    assert check(opened).ok
    vault.close()


def test_reopened_by_another_process_the_same(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    stored = opened.add(practice.frame(b"picture"))
    vault.close()
    vault, opened = practice.unlocked()
    assert opened.read(stored.images[0]) == b"picture"
    assert opened.alarms == ()
    vault.close()


def test_raw_and_jpeg_are_one_batch(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    appended: list[bytes] = []
    store = opened._files.ledger
    real = store.append
    store.append = lambda writer, batch: (appended.append(batch), real(writer, batch))[1]  # type: ignore[method-assign]
    stored = opened.add(practice.frame(b"jpeg", b"raw"))
    assert len(appended) == 1
    assert [row.seq for row in stored.rows] == [stored.rows[0].seq, stored.rows[0].seq + 1]
    vault.close()


def test_gate_is_asked_first(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    stranger = practice.frame(b"picture", permit=make_permit(), simulated=False)
    with pytest.raises(PermitRefused):
        opened.add(stranger)
    assert practice.gate.asked == [(stranger.permit, stranger.captured_ms)]
    assert opened.counts().objects == 0
    vault.close()


def test_simulated_frames_stay_in_training(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    with pytest.raises(TrainingOnly):
        opened.add(practice.frame(b"picture", simulated=False))
    assert opened.add(practice.frame(b"picture")).images
    vault.close()


def test_real_vault_takes_no_simulated_frame(tmp_path: Path) -> None:
    try:
        judge(tmp_path)
    except PlaceRefused as refused:
        pytest.skip(f"this machine's temporary folder may hold no real vault: {refused.reason}")
    practice = make_practice(tmp_path / "practice", training=False)
    vault, opened = practice.unlocked()
    assert not vault.training
    with pytest.raises(TrainingOnly):
        opened.add(practice.frame(b"picture"))
    assert opened.add(practice.frame(b"picture", simulated=False)).images
    vault.close()


def test_frame_of_a_paused_permit_is_kept_unfiled(practice: Practice) -> None:
    practice.gate.admission = Admission.UNFILED
    vault, opened = practice.unlocked()
    assert opened.add(practice.frame(b"picture")).admission is Admission.UNFILED
    opened.close()
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.images()[0].admission is Admission.UNFILED
    assert opened.counts().acts[What.IMAGE_KEPT_UNFILED.value] == 1
    vault.close()


def test_the_same_frame_is_taken_once(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    frame = practice.frame(b"picture")
    opened.add(frame)
    assert opened.has_frame(frame.frame)
    assert not opened.has_frame(FrameId(new_id()))
    with pytest.raises(VaultExists):
        opened.add(frame)
    assert opened.counts().images == 1
    vault.close()


@pytest.mark.parametrize("files", [(), ("SECOND",), ("ORIGINAL", "ORIGINAL"), ("ORIGINAL", "SECOND", "SECOND")])
def test_frame_is_one_original_and_at_most_one_second(practice: Practice, files: tuple[str, ...]) -> None:
    vault, opened = practice.unlocked()
    frame = practice.frame()
    odd = tuple(NewFile(Rendition[name], "image/jpeg", b"x") for name in files)
    with pytest.raises(FrameRefused):
        opened.add(type(frame)(**{name: getattr(frame, name) for name in frame.__slots__} | {"files": odd}))
    vault.close()


def test_empty_files_and_wrong_renditions_are_refused(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    with pytest.raises(FrameRefused):
        opened.add(practice.frame(b"picture", b""))
    image = opened.add(practice.frame(b"picture")).images[0]
    with pytest.raises(FrameRefused):
        opened.add_rendition(image, Rendition.ORIGINAL, "image/jpeg", b"x")
    with pytest.raises(FrameRefused):
        opened.add_rendition(image, Rendition.PREVIEW, "image/jpeg", b"")
    with pytest.raises(NotFound):
        opened.add_rendition(ImageId(new_id()), Rendition.PREVIEW, "image/jpeg", b"x")
    assert opened.counts().objects == 1
    vault.close()


def test_no_room_is_said_before_anything_is_written(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened._files.objects.free_bytes = lambda: 1_000_000  # type: ignore[method-assign]
    with pytest.raises(DiskFull):
        opened.add(practice.frame(b"picture"))
    del opened._files.objects.free_bytes
    assert opened.free_bytes() > 1_000_000
    assert opened.counts().objects == 0
    vault.close()


def test_entries_come_back_in_order_and_narrowed(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    patient, other, session = PatientId(new_id()), PatientId(new_id()), SessionId(new_id())
    subject = new_id()
    refs = opened.append([
        NewRow(What.CONSENT_RECORDED, patient, session, "consent", subject, encode({"n": 1})),
        NewRow(What.CONSENT_RECORDED, other, None, "consent", new_id(), encode({"n": 2})),
        NewRow(What.POLICY_CHANGED, None, None, "policy", new_id(), encode({"n": 3})),
        NewRow(What.CAPTURE_REFUSED, patient, None, "", b"", None, "C4 C7"),
    ])
    assert len(refs) == 4
    opened.close()
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    first, second = opened.entries("consent")
    assert (first.body, first.patient, first.session, first.subject) == (encode({"n": 1}), patient, session, subject)
    assert first.row == refs[0]
    assert first.lamport < second.lamport
    assert opened.entries("consent", patient=other) == (second,)
    assert opened.entries("consent", session=session) == (first,)
    assert opened.entries("consent", subject=subject) == (first,)
    (policy,) = opened.entries("policy")
    assert policy.patient is None
    assert opened.entries("nothing") == ()
    assert opened.append([]) == ()
    vault.close()


def test_what_could_not_be_read_back_is_not_written(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    patient = someone()
    rows = opened.counts().rows
    bad = [
        NewRow(What.TASK_RECORDED, patient.patient, None, "task", b"short", b"\xc0"),
        NewRow(What.PATIENT_ADDED, PatientId(new_id()), None, "patient", patient.patient, encode(patient)),
        NewRow(What.PATIENT_ADDED, patient.patient, None, "patient", patient.patient, b"\xc0"),
    ]
    for row in bad:
        with pytest.raises(Corrupt):
            opened.append([row])
    for row in (
        NewRow(What.TASK_RECORDED, None, None, "frame", new_id(), b"\xc0"),
        NewRow(What.TASK_RECORDED, None, None, "task", new_id(), b"\xc0", "two\nlines"),
    ):
        with pytest.raises(ValueError, match=r"own|line"):
            opened.append([row])
    assert opened.counts().rows == rows
    vault.close()


def test_session_key_is_ready_before_the_first_frame(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    permit = practice.permit
    opened.append([NewRow(What.SESSION_OPENED, permit.patient, permit.session, "session", permit.session, b"\xc0")])
    assert opened._book.table.sealing_key(permit.patient, permit.session) is not None
    vault.close()


def test_views_are_acts(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    images = opened.add(practice.frame(b"jpeg", b"raw")).images
    opened.note_view(*images)
    opened.note_view()
    assert opened.counts().acts[What.IMAGE_VIEWED.value] == 2
    assert opened.image(images[1]).rendition is Rendition.SECOND
    with pytest.raises(NotFound):
        opened.note_view(ImageId(new_id()))
    vault.close()


def test_after_lock_nothing_answers(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    opened.close()
    opened.close()
    opened.tend()
    calls: list[Callable[[], object]] = [
        lambda: opened.add(practice.frame(b"picture")),
        lambda: opened.read(image),
        lambda: opened.counts(),
        lambda: opened.images(),
        lambda: opened.entries("x"),
        lambda: opened.search_patients("x"),
        lambda: check(opened),
        lambda: opened.append([]),
    ]
    for call in calls:
        with pytest.raises(VaultClosed):
            call()
    assert not opened.is_open
    vault.close()
    vault.close()
    with pytest.raises(VaultClosed):
        vault.logins()


def test_reading_while_it_is_locked_says_so(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    data = opened._files.objects.get(image)

    def locked_meanwhile(name: bytes) -> bytes:
        opened.close()
        return data

    opened._files.objects.get = locked_meanwhile  # type: ignore[method-assign]
    with pytest.raises(VaultClosed):
        opened.read(image)
    vault.close()


def test_wrong_passwords_are_recorded_and_slow_people_down(practice: Practice) -> None:
    vault = practice.open()
    for _ in range(5):
        with pytest.raises(WrongPassword):
            vault.unlock(practice.created.user, "guess", practice.gate)
    with pytest.raises(LockedOut) as caught:
        vault.unlock(practice.created.user, PASSWORD, practice.gate)
    assert caught.value.seconds == 30
    vault.close()
    practice.clock.forward(29)
    vault = practice.open()
    with pytest.raises(LockedOut):
        vault.unlock(practice.created.user, PASSWORD, practice.gate)
    practice.clock.forward(1)
    opened = vault.unlock(practice.created.user, PASSWORD, practice.gate)
    assert opened.counts().acts[What.UNLOCK_FAILED.value] == 5
    assert check(opened).ok
    vault.close()


def test_the_kit_opens_while_passwords_have_to_wait(practice: Practice) -> None:
    vault = practice.open()
    for _ in range(5):
        with pytest.raises(WrongPassword):
            vault.unlock(practice.created.user, "guess", practice.gate)
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    opened.close()
    vault.unlock(practice.created.user, PASSWORD, practice.gate).close()
    vault.close()


def test_other_kits_and_users_do_not_open(practice: Practice, tmp_path: Path) -> None:
    other = make_practice(tmp_path / "other")
    vault = practice.open()
    with pytest.raises(WrongPassword):
        vault.unlock_with_kit(other.created.kit_words, practice.gate)
    with pytest.raises(WrongPassword):
        vault.unlock_with_kit(["zoo"] * 23, practice.gate)
    with pytest.raises(NotFound):
        vault.unlock(StaffId(new_id()), PASSWORD, practice.gate)
    vault.close()


def test_one_at_a_time(practice: Practice) -> None:
    vault, _ = practice.unlocked()
    with pytest.raises(AlreadyRunning, match=str(os.getpid())):
        practice.open()
    with pytest.raises(AlreadyRunning):
        vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    vault.close()
    practice.open().close()


def test_acts_while_locked_and_while_open(practice: Practice) -> None:
    vault = practice.open()
    vault.record_while_locked(What.FRAME_UNCLAIMED, "count=2")
    with pytest.raises(ValueError, match="line"):
        vault.record_while_locked(What.FRAME_UNCLAIMED, "a\nb")
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    vault.record_while_locked(What.FRAME_UNCLAIMED, "count=1")
    assert opened.counts().acts[What.FRAME_UNCLAIMED.value] == 2
    opened.close()
    vault.record_while_locked(What.CAPTURE_REFUSED)
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    assert opened.counts().acts[What.CAPTURE_REFUSED.value] == 1
    assert check(opened).ok
    vault.close()


def test_logins_are_names_of_staff(practice: Practice) -> None:
    vault = practice.open()
    assert [(login.user, login.shown) for login in vault.logins()] == [(practice.created.user, "Ann")]
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    vault.remember_login(practice.created.user, "Ann Marsh")
    opened.close()
    assert [login.shown for login in vault.logins()] == ["Ann Marsh"]
    vault.close()
    (practice.host.path / f"{practice.created.vault_id.hex()}.logins").unlink()
    vault = practice.open()
    assert [login.shown for login in vault.logins()] == [practice.created.user.hex()[:8]]
    vault.close()


def test_places_without_or_with_a_vault(practice: Practice, tmp_path: Path) -> None:
    with pytest.raises(VaultMissing):
        Vault.open(tmp_path / "nowhere", practice.host)
    with pytest.raises(VaultExists):
        Vault.create(practice.place, practice.host, password="x", login="x", training=True)
    note = tmp_path / "note"
    note.write_bytes(b"")
    with pytest.raises(VaultExists):
        Vault.create(note, practice.host, password="x", login="x", training=True)


def test_read_from_other_threads(practice: Practice) -> None:
    from concurrent.futures import ThreadPoolExecutor

    vault, opened = practice.unlocked()
    images = [opened.add(practice.frame(bytes([n]) * 5000)).images[0] for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(opened.read, images * 4))
        counts = [pool.submit(opened.counts) for _ in range(4)]
        for n in range(8, 12):
            opened.add(practice.frame(bytes([n]) * 5000))
    assert found == [bytes([n]) * 5000 for n in range(8)] * 4
    assert all(count.result().images >= 8 for count in counts)
    vault.close()


def test_gate_of_a_second_unlock_is_the_one_that_counts(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened.close()
    opened = vault.unlock_with_kit(practice.created.kit_words, Gate())
    with pytest.raises(PermitRefused):
        opened.add(practice.frame(b"picture"))
    assert isinstance(opened, OpenVault)
    vault.close()
