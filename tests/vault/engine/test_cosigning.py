# SPDX-License-Identifier: GPL-3.0-or-later
"""A second person at the same workstation: proved by the own password, counted as at the lock screen, spent with one act."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from clinicam.errors import Corrupt, LockedOut, SecondPersonRefused, VaultClosed, WrongPassword
from clinicam.identity import StaffId, new_id
from clinicam.vault.acts import Intent, What, encode_intent, make_act, sign_intent
from clinicam.vault.cosigning import Cosigner, Cosigners, check_agreed
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank, remove_user
from clinicam.vault.scribe import Draft
from clinicam.vault.sign import SigningKey
from clinicam.vault.slot import UserSecret, seal_password_slot
from tests.vault.engine.bench import CHEAP, FaultyCalls, Practice, make_practice
from tests.vault.engine.twopeople import Person, enrol

WORDS = "seven tame herons"
KEYS = (b"k" * 16,)
REASON = "retention"


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Practice:
    return make_practice(tmp_path_factory.mktemp("cosigning"), calls=FaultyCalls())


@pytest.fixture
def opened(practice: Practice) -> Iterator[OpenVault]:
    vault, unlocked = practice.unlocked()
    try:
        yield unlocked
    finally:
        vault.close()


@pytest.fixture
def ann(opened: OpenVault) -> Person:
    return enrol(opened, password=WORDS)


def refusal(cosigners: Cosigners, user: StaffId, password: str = WORDS) -> str:
    with pytest.raises(SecondPersonRefused) as refused:
        cosigners.admit(user, password)
    return refused.value.reason


def test_somebody_else_signs_once(opened: OpenVault, ann: Person) -> None:
    cosigners = Cosigners(opened.inside)
    second = cosigners.admit(ann.user, WORDS)
    draft = cosigners.draft(What.ERASURE_INTENDED, KEYS, REASON, second, detail="patient", subject=b"s" * 16)
    ((row, act, _),) = opened.inside.write([draft]).rows
    assert row.rid == draft.rid
    book = opened.inside.book
    agreed = check_agreed(act, vault=book.vault, rid=row.rid, roster=book.keyring.roster, needs_manager=True)
    assert (agreed.keys, agreed.reason) == (KEYS, REASON)
    assert agreed.signers == (opened.user, ann.user)
    with pytest.raises(SecondPersonRefused, match="spent"):
        cosigners.draft(What.ERASURE_INTENDED, KEYS, REASON, second)
    # This intent has no key of the vault's: what it names is simply not there.
    opened.inside.write([Draft(What.ERASURE_DONE.value, done=row.rid)])


def test_nobody_is_two_people(practice: Practice, opened: OpenVault, ann: Person) -> None:
    cosigners = Cosigners(opened.inside)
    assert refusal(cosigners, opened.user) == "same"
    assert refusal(cosigners, StaffId(new_id())) == "unknown"
    kit = enrol(opened)  # a slot that no password opens
    assert refusal(cosigners, kit.user) == "unknown"
    rows = opened.counts().rows
    with pytest.raises(SecondPersonRefused, match="same"):
        cosigners.draft(What.ERASURE_INTENDED, KEYS, REASON, Cosigner(opened.user, ann.secret.signing_key()))
    assert opened.counts().rows == rows


def test_who_left_does_not_sign(opened: OpenVault, ann: Person) -> None:
    cosigners, book = Cosigners(opened.inside), opened.inside.book
    early = cosigners.admit(ann.user, WORDS)
    gone = remove_user(
        book.keyring.roster.raw,
        vault=book.vault,
        generation=book.keyring.generation + 1,
        user=ann.user,
        author=book.user,
        key=book.secret.signing_key(),
    )
    opened.inside.publish(roster=gone)
    assert refusal(cosigners, ann.user) == "unknown"
    with pytest.raises(SecondPersonRefused, match="unknown"):
        cosigners.draft(What.ERASURE_INTENDED, KEYS, REASON, early)


def test_guessing_is_slow_here_too(practice: Practice, opened: OpenVault, ann: Person) -> None:
    cosigners = Cosigners(opened.inside)
    before = opened.counts().acts.get("unlock.failed", 0)
    for _ in range(5):
        with pytest.raises(WrongPassword):
            cosigners.admit(ann.user, "wrong")
    assert opened.counts().acts["unlock.failed"] == before + 5
    with pytest.raises(LockedOut) as out:
        cosigners.admit(ann.user, WORDS)
    assert out.value.seconds == 30
    practice.clock.forward(31)
    assert cosigners.admit(ann.user, WORDS).user == ann.user


def test_a_wrong_password_is_told_although_the_ledger_cannot_be_written(
    practice: Practice, opened: OpenVault, ann: Person
) -> None:
    calls = practice.calls
    assert isinstance(calls, FaultyCalls)

    def only_rows(op: str) -> None:
        if op == "fsync" and calls.counts["fsync"] >= first:
            raise OSError(5, "input/output error")

    first = calls.counts["fsync"] + 3  # after the count of tries: a file and its folder
    calls.before = only_rows
    try:
        with pytest.raises(WrongPassword):
            Cosigners(opened.inside).admit(ann.user, "wrong")
    finally:
        calls.before = lambda _op: None


def test_a_slot_of_another_key_is_damage(opened: OpenVault, ann: Person) -> None:
    book = opened.inside.book
    other = UserSecret.make(book.secret.anchor)
    forged = seal_password_slot(other, vault=book.vault, user=ann.user, password=WORDS, cost=CHEAP)
    opened.inside.files.write_slot(ann.user, forged)
    with pytest.raises(Corrupt, match="another key"):
        Cosigners(opened.inside).admit(ann.user, WORDS)


def test_after_locking_nothing(practice: Practice) -> None:
    vault, opened = practice.unlocked()
    cosigners = Cosigners(opened.inside)
    vault.close()
    with pytest.raises(VaultClosed):
        cosigners.admit(StaffId(new_id()), WORDS)
    with pytest.raises(VaultClosed):
        cosigners.draft(
            What.ERASURE_INTENDED, KEYS, REASON, Cosigner(StaffId(new_id()), SigningKey.from_seed(b"s" * 32))
        )


def test_an_erasure_needs_a_manager_among_the_two(opened: OpenVault, ann: Person) -> None:
    jo = enrol(opened, rank=Rank.NURSE)
    book, rid = opened.inside.book, new_id()
    packed = encode_intent(Intent(KEYS, f"{What.ERASURE_INTENDED.value} {REASON}"))
    signatures = tuple(
        (bytes(one.user), sign_intent(one.secret.signing_key(), vault=book.vault, rid=rid, intent=packed))
        for one in (ann, jo)
    )
    what = What.ERASURE_INTENDED.value
    act = make_act(who=jo.user, what=what, wall=0, lamport=0, batch=(rid, 1, 1), intent=packed, signatures=signatures)
    roster = book.keyring.roster
    assert check_agreed(act, vault=book.vault, rid=rid, roster=roster, needs_manager=False).signers == (
        ann.user,
        jo.user,
    )
    with pytest.raises(Corrupt, match="manager"):
        check_agreed(act, vault=book.vault, rid=rid, roster=roster, needs_manager=True)
    other = msgspec.structs.replace(act, what=What.MOVE_INTENDED.value)
    with pytest.raises(Corrupt, match="another act"):
        check_agreed(other, vault=book.vault, rid=rid, roster=roster, needs_manager=False)
