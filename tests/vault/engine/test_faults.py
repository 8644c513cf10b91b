# SPDX-License-Identifier: GPL-3.0-or-later
"""Every call to the operating system fails once, in every way it can: never a false acknowledgement, never a broken vault."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from clinicam.errors import DiskFull, VaultMissing, WriteFailed
from clinicam.identity import ImageId, PatientId, SessionId
from clinicam.vault.acts import What
from clinicam.vault.openvault import NewRow, OpenVault, Rendition
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import (
    CHEAP,
    PASSWORD,
    FaultyCalls,
    Practice,
    check,
    make_permit,
    make_practice,
    outcome,
    patient_row,
    someone,
)

OPS = ("open", "write_at", "fsync", "publish", "replace", "unlink", "mkdir", "truncate", "close")
CODES = (errno.ENOSPC, errno.EIO)


def sitting(practice: Practice, opened: OpenVault, acked: dict[ImageId, bytes]) -> None:
    """A bit of work; what was acknowledged is noted at once."""
    patient = someone(practice.permit.patient)
    opened.append([
        patient_row(patient),
        NewRow(What.SESSION_OPENED, patient.patient, practice.permit.session, "session", patient.patient, b"\xc0"),
    ])
    jpeg, raw = bytes([len(acked)]) * 9000, bytes([len(acked) + 1]) * 300_000
    stored = opened.add(practice.frame(jpeg, raw))
    acked.update(zip(stored.images, (jpeg, raw), strict=True))
    small = opened.add_rendition(stored.images[0], Rendition.THUMBNAIL, "image/jpeg", b"small")
    acked[small] = b"small"


@pytest.fixture(scope="module")
def common(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    """One vault for all these tests: each must leave it whole."""
    return make_practice(tmp_path_factory.mktemp("faults") / "practice", calls=FaultyCalls())


@pytest.mark.parametrize("code", CODES, ids=errno.errorcode.get)
@pytest.mark.parametrize("op", OPS)
@pytest.mark.parametrize("stays", [False, True], ids=["once", "for good"])
def test_no_false_acknowledgement(common: Practice, op: str, code: int, stays: bool) -> None:
    calls = common.calls
    assert isinstance(calls, FaultyCalls)
    acked: dict[ImageId, bytes] = {}
    for nth in range(0, 14, 2):
        common.permit = make_permit(
            PatientId(bytes([nth]) * 16), SessionId(bytes([OPS.index(op), code, nth, stays] * 4))
        )
        common.gate.permits[common.permit.permit] = common.permit
        vault, opened = common.unlocked()
        calls.fail(op, nth, code, stays=stays)
        problem = outcome(lambda opened=opened: sitting(common, opened, acked))  # type: ignore[misc]
        assert problem is None or isinstance(problem, DiskFull | WriteFailed)
        if code == errno.ENOSPC and problem is not None:
            assert isinstance(problem, DiskFull)
        failed = calls.failed
        calls.mend()
        # It goes on in the same sitting as if nothing had been.
        sitting(common, opened, acked)
        if not failed:
            vault.close()
            break
        calls.fail(op, nth, code, stays=stays)
        vault.close()
        calls.mend()
    vault, opened = common.unlocked()
    for image, data in acked.items():
        assert opened.read(image) == data
    report = check(opened)
    assert report.findings == ()
    vault.close()


@pytest.mark.parametrize("op", OPS)
def test_unlocking_and_locking_fail_cleanly(common: Practice, op: str) -> None:
    calls = common.calls
    assert isinstance(calls, FaultyCalls)
    for nth in range(0, 15, 3):
        calls.fail(op, nth, errno.EIO)
        problem = outcome(lambda: common.unlocked()[0].close())
        failed = calls.failed
        calls.mend()
        assert problem is None or isinstance(problem, WriteFailed)
        vault, opened = common.unlocked()
        assert check(opened, deep=False).findings == ()
        vault.close()
        if not failed:
            break


@pytest.mark.parametrize("op", ["open", "write_at", "fsync", "replace", "mkdir"])
def test_a_vault_is_made_whole_or_not_at_all(tmp_path: Path, op: str) -> None:
    calls = FaultyCalls()
    practice = make_practice(tmp_path / "other", calls=calls)
    place = tmp_path / "vault"
    for nth in (0, 1, 3, 9, 22):
        calls.fail(op, nth, errno.ENOSPC)
        problem = outcome(
            lambda: Vault.create(
                place, practice.host, password=PASSWORD, login="Ann", training=True, kdf=CHEAP, calls=calls
            )
        )
        if problem is None:
            break
        assert isinstance(problem, DiskFull)
        calls.mend()
        # Whole after a failure of the last flush, else not there at all.
        opening = outcome(lambda: Vault.open(place, practice.host).close())
        if opening is None:
            return
        assert isinstance(opening, VaultMissing)
        assert os.listdir(place.parent).count("vault") == 0
    calls.mend()
    if not place.exists():
        Vault.create(place, practice.host, password=PASSWORD, login="Ann", training=True, kdf=CHEAP, calls=calls)
    Vault.open(place, practice.host).close()


def test_full_disk_in_a_burst(faulty: Practice) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    kept = [opened.add(faulty.frame(bytes([n]) * 20_000)).images[0] for n in range(5)]
    calls.fail("write_at", 2, errno.ENOSPC, stays=True)
    refused = 0
    for n in range(5, 10):
        problem = outcome(lambda n=n: kept.append(opened.add(faulty.frame(bytes([n]) * 20_000)).images[0]))  # type: ignore[misc]
        refused += isinstance(problem, DiskFull)
    assert refused >= 4
    calls.mend()
    kept.append(opened.add(faulty.frame(b"room again")).images[0])
    vault.close()
    vault, opened = faulty.unlocked()
    assert [len(opened.read(image)) for image in kept[:5]] == [20_000] * 5
    assert opened.read(kept[-1]) == b"room again"
    assert check(opened).findings == ()
    vault.close()


@pytest.mark.parametrize("piece", range(4))
def test_disk_that_fills_between_the_pieces_of_a_large_picture(faulty: Practice, piece: int) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    opened.add(faulty.frame(b"small"))
    image = os.urandom(10 * 1024 * 1024)
    before = calls.counts["begin_flush"]
    calls.fail("write_at", piece, errno.ENOSPC)
    with pytest.raises(DiskFull):
        opened.add(faulty.frame(image))
    # Two pieces of 4 MiB, one of what is left, and then the first chunk, which is too small to begin with.
    assert calls.counts["begin_flush"] - before == piece
    calls.mend()
    assert len(opened.images()) == 1
    stored = opened.add(faulty.frame(image)).images[0]
    vault.close()
    vault, opened = faulty.unlocked()
    assert opened.read(stored) == image
    assert check(opened).findings == ()
    assert opened.counts().objects == 2
    vault.close()


def test_object_whose_row_failed_is_taken_in_as_unfiled_next_time(faulty: Practice) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    opened.add(faulty.frame(b"first"))
    puts = opened._files.objects.put

    def then_full(name: bytes, parts: object) -> None:
        puts(name, parts)  # type: ignore[arg-type]
        calls.fail("write_at", 0, errno.ENOSPC, stays=True)

    opened._files.objects.put = then_full  # type: ignore[method-assign]
    with pytest.raises(DiskFull):
        opened.add(faulty.frame(b"second"))
    image = opened.images()[0].image
    calls.mend()
    with pytest.raises(DiskFull):
        opened.add_rendition(image, Rendition.PREVIEW, "image/jpeg", b"small")
    calls.mend()
    vault.close()
    vault, opened = faulty.unlocked()
    assert opened.counts().acts[What.OBJECT_ADOPTED.value] == 2
    first, second = opened.images()
    assert (first.admission.value, second.admission.value) == ("filed", "unfiled")
    assert opened.read(second.image) == b"second"
    assert second.captured_ms == first.captured_ms
    assert first.preview is not None
    assert check(opened).ok
    opened.close()
    opened = vault.unlock_with_kit(faulty.created.kit_words, faulty.gate)
    assert opened.counts().acts[What.OBJECT_ADOPTED.value] == 2
    vault.close()


def test_marks_that_cannot_be_written_do_not_undo_an_acknowledgement(faulty: Practice) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    opened.add(faulty.frame(b"first"))
    faulty.clock.forward(61)
    calls.fail("replace", 0, errno.EIO)
    image = opened.add(faulty.frame(b"second")).images[0]
    assert calls.failed == 1
    calls.fail("replace", 0, errno.EIO)
    with pytest.raises(WriteFailed):
        opened.tend()
    calls.mend()
    opened.tend()
    assert opened.read(image) == b"second"
    vault.close()
