# SPDX-License-Identifier: GPL-3.0-or-later
"""A ledger that is damaged, partly gone or wholly gone: the vault opens again, and pictures have their rows back."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import DiskFull, NotFound, RoleRefused, VaultClosed
from clinicam.identity import ImageId
from clinicam.vault.acts import What
from clinicam.vault.content import Rendition
from clinicam.vault.heads import chain_start
from clinicam.vault.openvault import OpenVault
from clinicam.vault.rows import Row
from clinicam.vault.segment import scan_segment
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import FaultyCalls, Practice, check, patient_row, someone
from tests.vault.engine.test_audit_vault import Elsewhere
from tests.vault.engine.test_chains import a_row
from tests.vault.engine.test_damaged import flip, rows_file
from tests.vault.engine.test_readonly import files_of, look


def filled(practice: Practice) -> list[ImageId]:
    """A patient and three frames, one with a thumbnail; the pictures' ids, the thumbnail last."""
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    images = [opened.add(practice.frame(b"picture %d" % n)).images[0] for n in range(3)]
    small = opened.add_rendition(images[0], Rendition.THUMBNAIL, "image/jpeg", b"small")
    opened.append([a_row(1)])
    vault.close()
    return [*images, small]


def rows_in(practice: Practice) -> tuple[Row, ...]:
    path = rows_file(practice)
    head = chain_start(practice.created.vault_id, bytes.fromhex(path.parent.name))
    return scan_segment(path.read_bytes(), vault=practice.created.vault_id, head=head).rows


def rebuilt(practice: Practice) -> tuple[Vault, OpenVault]:
    vault, looking = look(practice)
    try:
        return vault, vault.rebuild(looking, practice.gate)
    except BaseException:
        vault.close()
        raise


def flip_third(practice: Practice) -> None:
    path = rows_file(practice)
    data = bytearray(path.read_bytes())
    data[rows_in(practice)[3].start + 150] ^= 1
    path.write_bytes(bytes(data))


def unsign_a_row(practice: Practice) -> None:
    path = rows_file(practice)
    data = bytearray(path.read_bytes())
    data[rows_in(practice)[3].end - 1] ^= 1
    path.write_bytes(bytes(data))


def lose_all(practice: Practice) -> None:
    rows_file(practice).unlink()


def lose_the_chain(practice: Practice) -> None:
    shutil.rmtree(rows_file(practice).parent)


def zero_all(practice: Practice) -> None:
    path = rows_file(practice)
    path.write_bytes(bytes(path.stat().st_size))


@pytest.mark.parametrize("harm", [flip_third, unsign_a_row, lose_all, lose_the_chain, zero_all])
def test_pictures_have_their_rows_back(practice: Practice, harm: Callable[[Practice], None]) -> None:
    images = filled(practice)
    vault, opened = practice.unlocked()
    before = {one.image: one for one in opened.images()}
    vault.close()
    shutil.rmtree(practice.place / "index")
    harm(practice)
    objects = files_of(practice.place / "objects")
    vault, opened = rebuilt(practice)
    after = {one.image: one for one in opened.images()}
    assert after.keys() == before.keys()
    for image, was in before.items():
        now = after[image]
        for name in (
            "patient",
            "session",
            "frame",
            "consent",
            "permit",
            "captured_ms",
            "view",
            "thumbnail",
            "admission",
        ):
            assert getattr(now, name) == getattr(was, name), name
    assert [opened.read(image) for image in images[:3]] == [b"picture 0", b"picture 1", b"picture 2"]
    assert opened.counts().acts[What.IMAGE_RECOVERED.value] >= 1
    assert files_of(practice.place / "objects") == objects
    report = check(opened)
    assert report.ok
    assert harm in {lose_all, lose_the_chain} or any(
        "quarantine ledger" in one or "quarantine" in one for one in report.alarms
    )
    opened.append([a_row(7)])
    vault.close()
    vault, opened = practice.unlocked()
    assert check(opened).ok
    assert len(opened.images()) == 3
    vault.close()


def test_what_was_damaged_is_kept_byte_for_byte(practice: Practice) -> None:
    filled(practice)
    flip_third(practice)
    path = rows_file(practice)
    data = path.read_bytes()
    vault, opened = rebuilt(practice)
    names = {kept.name for kept in (practice.place / "quarantine").iterdir()}
    (name,) = [one for one in names if not one.startswith("checkpoints")]
    kept = (practice.place / "quarantine" / name).read_bytes()
    assert path.read_bytes() + kept == data
    assert {f"quarantine {one}" for one in names} <= set(opened.alarms)
    assert opened.counts().acts[What.CHAIN_SET_ASIDE.value] == 1
    assert opened.counts().acts[What.HISTORY_ACCEPTED.value] == 1
    vault.close()


def test_later_segments_go_too(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    opened._files.ledger._limit = 3000  # type: ignore[attr-defined]
    image = opened.add(practice.frame(b"picture")).images[0]
    for n in range(12):
        opened.append([a_row(n)])
    folder = practice.place / "ledger" / opened.writer.hex()
    vault.close()
    assert len(list(folder.iterdir())) > 3
    second = folder / "000002.rows"
    data = bytearray(second.read_bytes())
    data[200] ^= 1
    second.write_bytes(bytes(data))
    later = {path.name: path.read_bytes() for path in folder.iterdir() if path.name > "000002.rows"}
    vault, opened = rebuilt(practice)
    quarantine = practice.place / "quarantine"
    for name, was in later.items():
        assert (quarantine / f"ledger-{folder.name}-{name}").read_bytes() == was
    assert opened.read(image) == b"picture"
    assert check(opened).ok
    vault.close()


def test_rows_of_an_unknown_workstation_go_into_quarantine(practice: Practice) -> None:
    filled(practice)
    stranger = practice.place / "ledger" / ("ab" * 16)
    stranger.mkdir()
    (stranger / "000001.rows").write_bytes(b"CCROWS\0\1")
    vault, opened = rebuilt(practice)
    assert f"quarantine ledger-{'ab' * 16}-000001.rows" in opened.alarms
    vault.close()


def test_what_happens_while_somebody_looks_waits_and_is_not_cut(practice: Practice) -> None:
    elsewhere = Elsewhere(practice).practice
    vault, opened = elsewhere.unlocked()
    theirs = opened.inside.scribe.writer.writer
    for _ in range(3):
        opened.add(practice.frame(b"theirs"))
    vault.close()
    filled(practice)
    flip(practice.place / "ledger" / theirs.hex() / "000001.rows", 3000)
    vault, looking = look(practice)
    own = [head.writer for head in looking.heads if head.writer != theirs]
    before = {path: path.read_bytes() for path in (practice.place / "ledger").glob("*/*")}
    vault.record_while_locked(What.FRAME_UNCLAIMED, "while looking")
    assert {path: path.read_bytes() for path in before} == before
    with pytest.raises(ValueError, match="line"):
        vault.record_while_locked(What.FRAME_UNCLAIMED, "two\nlines")
    opened = vault.rebuild(looking, practice.gate)
    assert opened.counts().acts[What.FRAME_UNCLAIMED.value] == 1
    names = opened.inside.files.ledger.quarantine()
    assert not [name for name in names if any(writer.hex() in name for writer in own) and "checkpoint" not in name]
    vault.close()


def test_only_a_manager_who_looks(practice: Practice) -> None:
    filled(practice)
    vault, looking = look(practice)
    looking.is_manager = False
    with pytest.raises(RoleRefused):
        vault.rebuild(looking, practice.gate)
    looking.close()
    with pytest.raises(VaultClosed):
        vault.rebuild(looking, practice.gate)
    vault.close()


def test_a_rebuild_that_was_cut_short_is_done_again(faulty: Practice) -> None:
    practice, calls = faulty, faulty.calls
    assert isinstance(calls, FaultyCalls)
    filled(practice)
    flip_third(practice)
    for op in ("write_at", "replace", "fsync"):
        for nth in (0, 5):
            vault, looking = look(practice)
            calls.fail(op, nth, errno.ENOSPC, stays=True)
            with pytest.raises(DiskFull):
                vault.rebuild(looking, practice.gate)
            calls.mend()
            vault.close()
    vault, looking = look(practice)
    opened = vault.rebuild(looking, practice.gate)
    assert len(opened.images()) == 3
    assert check(opened).ok
    vault.close()


def test_files_are_set_aside_under_names_of_their_own(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    files = opened._files
    place = practice.place / "checkpoints"
    for _ in range(3):
        (place / "x").write_bytes(b"note")
        files.set_aside("checkpoints", "x")
    assert sorted(path.name for path in (practice.place / "quarantine").iterdir()) == [
        "checkpoints-x",
        "checkpoints-x-2",
        "checkpoints-x-3",
    ]
    with pytest.raises(NotFound):
        files.set_aside("checkpoints", "x")
    vault.close()


def test_a_quarantine_that_is_missing_is_made(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    shutil.rmtree(practice.place / "quarantine")
    path: Path = practice.place / "checkpoints" / "x"
    path.write_bytes(b"note")
    assert opened._files.set_aside("checkpoints", "x") == "checkpoints-x"
    vault.close()
