# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of generation that half fails: what lies there and what is held are never two different things."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from clinicam.errors import Forked, NotFound, RoleRefused, WriteFailed
from clinicam.vault.acts import What
from clinicam.vault.content import EntryContent
from clinicam.vault.erasure import Erasures
from clinicam.vault.host import HostFolder
from clinicam.vault.objectfile import parse_header
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank, remove_user
from clinicam.vault.scribe import Draft
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import FaultyCalls, Practice, check, make_permit, patient_row, someone
from tests.vault.engine.twopeople import enrol


def in_a_new_session(practice: Practice) -> None:
    practice.permit = make_permit()
    practice.gate.permits[practice.permit.permit] = practice.permit


def test_bags_that_cannot_be_removed_are_leftovers(faulty: Practice) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    first = opened.add(faulty.frame(b"before")).images[0]
    before = opened.inside.book.keyring.generation
    calls.fail("unlink", 0, errno.EIO, stays=True)
    opened.inside.publish()
    assert calls.failed
    calls.mend()
    assert opened.inside.book.keyring.generation == before + 1
    assert len({name.generation for name in opened.inside.files.bags()}) == 2
    in_a_new_session(faulty)
    second = opened.add(faulty.frame(b"after")).images[0]
    vault.close()
    vault, opened = faulty.unlocked()
    assert (opened.read(first), opened.read(second)) == (b"before", b"after")
    assert check(opened).findings == ()
    opened.inside.publish()
    assert {name.generation for name in opened.inside.files.bags()} == {before + 2}
    vault.close()


@pytest.mark.parametrize("stays", [False, True], ids=["once", "for good"])
def test_a_last_flush_that_fails(faulty: Practice, *, stays: bool) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    book = opened.inside.book
    first = opened.add(faulty.frame(b"before")).images[0]
    before, replaced = book.keyring.generation, calls.counts["replace"]

    def at_the_keyring(op: str) -> None:
        # The bag is replaced first, then the keyring; what follows is the flush of its folder.
        if op == "replace" and calls.counts["replace"] == replaced + 2:
            calls.fail("fsync", 0, errno.EIO, stays=stays)

    calls.before = at_the_keyring
    in_a_new_session(faulty)
    if stays:
        # Nothing is sealed, and nothing of the old generation removed, before the new one is known to be on the disk.
        with pytest.raises(WriteFailed):
            opened.inside.publish()
        with pytest.raises(WriteFailed):
            opened.add(faulty.frame(b"not kept"))
        assert {name.generation for name in opened.inside.files.bags()} == {before, before + 1}
    else:
        opened.inside.publish()  # written once more, and flushed
    calls.before = lambda _op: None
    calls.mend()
    assert book.keyring.generation == before + 1
    second = opened.add(faulty.frame(b"after")).images[0]
    assert not book.is_unsure
    vault.close()
    vault, opened = faulty.unlocked()
    assert (opened.read(first), opened.read(second)) == (b"before", b"after")
    assert len(opened.images()) == 2
    assert check(opened).findings == ()
    vault.close()


@dataclass
class Two:
    """One vault, open on two workstations."""

    practice: Practice
    first: OpenVault
    second: OpenVault


@pytest.fixture
def two(practice: Practice, tmp_path: Path) -> Iterator[Two]:
    other = HostFolder(tmp_path / "other", wall_ms=practice.clock.wall_ms, machine=b"two")
    at_second = Vault.open(practice.place, other)
    at_second.unlock_with_kit(practice.created.kit_words, practice.gate).close()
    at_first, first = practice.unlocked()
    second = at_second.unlock_with_kit(practice.created.kit_words, practice.gate)
    yield Two(practice, first, second)
    at_first.close()
    at_second.close()


def test_keys_of_other_workstations_live_on(two: Two) -> None:
    in_a_new_session(two.practice)
    image = two.second.add(two.practice.frame(b"theirs")).images[0]
    enrol(two.first)
    in_a_new_session(two.practice)
    after = two.second.add(two.practice.frame(b"after")).images[0]
    two.first.close()
    two.second.close()
    two.practice.clock.forward(1)
    vault, opened = reopen(two)
    assert (opened.read(image), opened.read(after)) == (b"theirs", b"after")
    assert check(opened).findings == ()
    vault.close()


def reopen(two: Two) -> tuple[Vault, OpenVault]:
    place = two.practice.place
    third = Vault.open(place, HostFolder(place.parent / "third", machine=b"three"))
    return third, third.unlock_with_kit(two.practice.created.kit_words, two.practice.gate)


def test_what_is_sealed_after_somebody_left_is_not_for_them(two: Two) -> None:
    joe = enrol(two.first)
    two.second.add(two.practice.frame(b"before"))
    two.first.inside.book.reload()
    copied = {key.key_id for key in two.first.inside.book.table.all()}
    book = two.first.inside.book
    roster = remove_user(
        book.keyring.roster.raw,
        vault=book.vault,
        generation=book.keyring.generation + 1,
        user=joe.user,
        author=book.user,
        key=book.secret.signing_key(),
    )
    two.first.inside.publish(roster=roster)
    image = two.second.add(two.practice.frame(b"after")).images[0]
    header = parse_header(two.second.inside.files.objects.get(image))
    key = two.second.inside.book.table.by_ref(header.key_ref, image)
    assert key.key_id not in copied
    assert two.second.inside.book.keyring.generation == book.keyring.generation


def test_nothing_is_taken_in_for_who_was_erased_elsewhere(two: Two) -> None:
    ann = enrol(two.first)
    permit = two.practice.permit
    two.second.append([patient_row(someone(permit.patient))])
    two.second.add(two.practice.frame(b"before"))
    two.first.inside.book.reload()
    Erasures(two.first.inside).erase(permit.patient, reason="request", second=ann.cosigns())
    with pytest.raises(NotFound):
        two.second.add(two.practice.frame(b"after"))
    other = make_permit()
    two.practice.gate.permits[other.permit] = other
    assert two.second.add(two.practice.frame(b"another", permit=other)).images


def test_a_key_dropped_in_between_stops_its_row(two: Two) -> None:
    book = two.second.inside.book
    key = book.sealing_key(two.second.inside.scribe.writer, two.practice.permit.patient)
    two.first.inside.publish(drop=[key.key_id])
    content = EntryContent(key.patient, None, "task", b"t" * 16, b"\xc0")
    with pytest.raises(Forked):
        two.second.inside.write([Draft("task.recorded", None, content, key)])


def test_a_generation_that_comes_between_looking_and_writing_stops_a_new_key(
    two: Two, monkeypatch: pytest.MonkeyPatch
) -> None:
    files, before = two.second.inside.files, two.second.inside.files.bags()
    exclusive = files.exclusive

    @contextmanager
    def a_moment_later(where: str = "bags") -> Iterator[None]:
        two.first.inside.publish()
        with exclusive(where):
            yield

    in_a_new_session(two.practice)
    monkeypatch.setattr(files, "exclusive", a_moment_later)
    with pytest.raises(Forked):
        two.second.add(two.practice.frame(b"picture"))
    monkeypatch.undo()
    assert {name.generation for name in files.bags()} == {before[-1].generation + 1}
    assert two.second.add(two.practice.frame(b"picture")).images  # it follows, and goes on


@pytest.mark.parametrize("how", ["same generation", "not ours", "removed"])
def test_a_keyring_that_cannot_be_followed(two: Two, how: str) -> None:
    book = two.second.inside.book
    if how == "same generation":
        two.first.inside.publish()
        book.keyring = replace(book.keyring, generation=book.keyring.generation + 1)
    elif how == "not ours":
        two.first.inside.publish()
        book.keyring = replace(book.keyring, roster=replace(book.keyring.roster, raw=b"another"))
    else:
        two.first.inside.publish()
        book.user = b"?" * 16
    with pytest.raises(Forked):
        two.second.note_act(What.CLOCK_JUMP)


def test_before_the_commit_the_old_generation_stays(faulty: Practice) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    opened.add(faulty.frame(b"before"))
    before = opened.inside.book.keyring
    calls.fail("replace", 0, errno.EIO)
    with pytest.raises(WriteFailed):
        opened.inside.publish()
    calls.mend()
    assert opened.inside.book.keyring is before
    in_a_new_session(faulty)
    assert opened.add(faulty.frame(b"after")).images
    vault.close()


def test_only_a_manager_publishes(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    users, me = opened.inside.book.keyring.roster.users, opened.inside.book.user
    before = opened.inside.files.keyring()
    users[me] = replace(users[me], rank=Rank.CLINICIAN)
    with pytest.raises(RoleRefused):
        opened.inside.publish()
    assert opened.inside.files.keyring() == before
    vault.close()
