# SPDX-License-Identifier: GPL-3.0-or-later
"""A change of generation that half fails: what lies there and what is held are never two different things."""

from __future__ import annotations

import errno
from dataclasses import replace

import pytest

from clinicam.errors import RoleRefused, WriteFailed
from clinicam.vault.roster import Rank
from tests.vault.engine.bench import FaultyCalls, Practice, check, make_permit


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


def test_a_last_flush_that_fails_leaves_the_new_generation_held(faulty: Practice) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    vault, opened = faulty.unlocked()
    first = opened.add(faulty.frame(b"before")).images[0]
    before = opened.inside.book.keyring.generation

    replaced = calls.counts["replace"]

    def at_the_keyring(op: str) -> None:
        # The bag is replaced first, then the keyring; what follows is the flush of its folder.
        if op == "replace" and calls.counts["replace"] == replaced + 2:
            calls.fail("fsync", 0, errno.EIO)

    calls.before = at_the_keyring
    with pytest.raises(WriteFailed):
        opened.inside.publish()
    calls.before = lambda _op: None
    calls.mend()
    assert opened.inside.book.keyring.generation == before + 1
    in_a_new_session(faulty)
    second = opened.add(faulty.frame(b"after")).images[0]
    vault.close()
    vault, opened = faulty.unlocked()
    assert (opened.read(first), opened.read(second)) == (b"before", b"after")
    assert check(opened).findings == ()
    vault.close()


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
