# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may unlock: people let in, taken out, given new keys, by a manager and without anybody else's password."""

from __future__ import annotations

import errno

import pytest

from clinicam.errors import (
    Corrupt,
    Forked,
    LastManager,
    LockedOut,
    NotFound,
    PasswordRefused,
    RoleRefused,
    VaultClosed,
    WriteFailed,
    WrongPassword,
)
from clinicam.identity import StaffId, new_id
from clinicam.vault import ownpassword
from clinicam.vault.acts import What
from clinicam.vault.enrolment import Enrolment, held_key
from clinicam.vault.generation import publish
from clinicam.vault.keys import open_keys
from clinicam.vault.ownpassword import sealed_slot
from clinicam.vault.people import Rank, SlotKind
from clinicam.vault.roster import add_writer
from clinicam.vault.slot import Slot, UserSecret
from tests.vault.engine.bench import (
    CHEAP,
    PASSWORD,
    FaultyCalls,
    Practice,
    check,
    make_permit,
    outcome,
    patient_row,
    someone,
)
from tests.vault.engine.people_bench import OTHER, OWN, Shelf, by_kit, by_password, without_stretching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)


@pytest.mark.parametrize("rank", [Rank.NURSE, Rank.CLINICIAN, Rank.MANAGER])
def test_somebody_let_in_opens_with_their_own_password_and_reads_what_was_there(practice: Practice, rank: Rank) -> None:
    marsh = someone()
    with by_password(practice) as desk:
        desk.opened.append([patient_row(marsh)])
        stored = desk.opened.add(practice.frame(b"\xff\xd8 one"))
        user = desk.people.add(rank, OWN, shown="Jo Pryce · Nurse")
        assert desk.opened.read(stored.images[0]) == b"\xff\xd8 one"
        assert desk.people.holders()[-1].rank is rank
    with by_password(practice, user, OWN) as desk:
        assert desk.opened.user == user
        assert desk.opened.read(stored.images[0]) == b"\xff\xd8 one"
        assert desk.opened.patient(marsh.patient) == marsh
        assert {login.shown for login in desk.vault.logins()} == {"Ann", "Jo Pryce · Nurse"}
    assert isinstance(outcome(lambda: by_password(practice, user, OTHER).__enter__()), WrongPassword)


def test_the_acts_say_who_was_let_in_reset_and_taken_out(practice: Practice) -> None:
    with by_password(practice) as desk:
        user = desk.people.add(Rank.NURSE, OWN, shown="Jo")
        user = desk.people.replace(user, Rank.NURSE, OTHER, shown="Jo")
        desk.people.remove(user)
        acts = desk.opened.counts().acts
    assert (acts["staff.added"], acts["staff.reset"], acts["staff.left"]) == (1, 1, 1)


def test_a_leaver_is_out_and_new_keys_seal_from_then_on(practice: Practice) -> None:
    with by_password(practice) as desk:
        user = desk.people.add(Rank.CLINICIAN, OWN, shown="Jo")
        before = desk.opened.add(practice.frame(b"\xff\xd8 before"))
        book = desk.opened.inside.book
        old = book.table.sealing_key(practice.permit.patient, practice.permit.session)
        epoch, generation = book.epoch, desk.generation
        sealed = (practice.place / "objects").rglob("*")
        names = sorted(path.name for path in sealed if path.is_file())
        desk.people.remove(user)
        assert desk.generation == generation + 1
        assert book.epoch != epoch
        assert book.table.sealing_key(practice.permit.patient, practice.permit.session) is None
        after = desk.opened.add(practice.frame(b"\xff\xd8 after"))
        new = book.table.sealing_key(practice.permit.patient, practice.permit.session)
        assert old is not None
        assert new is not None
        assert (new.key_id != old.key_id, new.version) == (True, old.version + 1)
        assert desk.opened.read(before.images[0]) == b"\xff\xd8 before"
        assert desk.opened.read(after.images[0]) == b"\xff\xd8 after"
        kept = {path.name for path in (practice.place / "objects").rglob("*") if path.is_file()}
        assert set(names) <= kept
        assert check(desk.opened).ok
    assert isinstance(outcome(lambda: by_password(practice, user, OWN).__enter__()), NotFound)
    assert user.hex() not in {path.name for path in (practice.place / "slots").iterdir()}
    with by_password(practice) as desk:
        assert [login.shown for login in desk.vault.logins()] == ["Ann"]
        assert desk.people.knows(user)
        assert not desk.people.is_active(user)
        assert not desk.people.knows(new_id())


def test_a_reset_is_a_new_identity_and_the_old_one_opens_nothing(practice: Practice) -> None:
    with by_password(practice) as desk:
        old = desk.people.add(Rank.NURSE, OWN, shown="Jo")
        wanted = StaffId(new_id())
        new = desk.people.replace(old, Rank.MANAGER, OTHER, shown="Jo", user=wanted)
        assert new == wanted
        assert [one.user for one in desk.people.holders()].count(old) == 0
    assert isinstance(outcome(lambda: by_password(practice, old, OWN).__enter__()), NotFound)
    with by_password(practice, new, OTHER) as desk:
        assert desk.opened.inside.book.is_manager
        # The founder may now be taken out: somebody else can manage.
        desk.people.remove(practice.created.user)
    with by_password(practice, new, OTHER) as desk:
        assert check(desk.opened).ok


def test_the_founder_who_forgot_is_reset_by_the_kit(practice: Practice) -> None:
    with by_kit(practice) as desk:
        new = desk.people.replace(practice.created.user, Rank.MANAGER, OTHER, shown="Ann")
    with by_password(practice, new, OTHER) as desk:
        assert desk.opened.inside.book.is_manager


def test_the_last_manager_stays_and_kits_are_no_person(practice: Practice) -> None:
    with by_kit(practice) as desk:
        founder = practice.created.user
        desk.people.add(Rank.CLINICIAN, OWN, shown="Jo")
        generation = desk.generation
        with pytest.raises(LastManager):
            desk.people.remove(founder)
        with pytest.raises(LastManager):
            desk.people.replace(founder, Rank.NURSE, OTHER, shown="Ann")
        with pytest.raises(LastManager):
            desk.people.check_removable(founder)
        desk.people.check_removable(founder, Rank.MANAGER)
        assert desk.generation == generation
        assert len(list((practice.place / "slots").iterdir())) == 3


def test_a_manager_without_a_usable_slot_is_no_person_either(practice: Practice) -> None:
    with by_kit(practice) as desk:
        second = desk.people.add(Rank.MANAGER, OWN, shown="Jo")
        third = desk.people.add(Rank.MANAGER, OWN, shown="Mo")
        (practice.place / "slots" / second.hex()).write_bytes(b"damaged")
        (practice.place / "slots" / third.hex()).unlink()
        kinds = {one.user: one.kind for one in desk.people.holders()}
        assert (kinds[second], kinds[third], kinds[practice.created.user]) == (None, None, SlotKind.PASSWORD)
        with pytest.raises(LastManager):
            desk.people.remove(practice.created.user)
        desk.people.replace(second, Rank.MANAGER, OTHER, shown="Jo")
        desk.people.remove(practice.created.user)


def test_nobody_takes_back_their_own_keys(practice: Practice) -> None:
    with by_password(practice) as desk:
        desk.people.add(Rank.MANAGER, OWN, shown="Jo")
        for act in (
            lambda: desk.people.remove(practice.created.user),
            lambda: desk.people.replace(practice.created.user, Rank.MANAGER, OTHER, shown="Ann"),
        ):
            with pytest.raises(RoleRefused) as refused:
                act()
            assert refused.value.needed == "another-manager"


@pytest.mark.parametrize("rank", [Rank.NURSE, Rank.CLINICIAN])
def test_only_managers_change_who_is_in(practice: Practice, rank: Rank) -> None:
    with by_password(practice) as desk:
        user = desk.people.add(rank, OWN, shown="Jo")
        desk.people.check_manager()
    before = {path.name for path in (practice.place / "slots").iterdir()}
    with by_password(practice, user, OWN) as desk:
        for act in (
            lambda: desk.people.add(Rank.NURSE, OTHER, shown="Mo"),
            lambda: desk.people.remove(practice.created.user),
            lambda: desk.people.replace(practice.created.user, Rank.NURSE, OTHER, shown="Ann"),
            lambda: desk.people.check_removable(user),
            desk.people.check_manager,
            desk.kits.prepare,
            lambda: desk.kits.revoke(StaffId(new_id())),
        ):
            assert isinstance(outcome(act), RoleRefused)
    assert {path.name for path in (practice.place / "slots").iterdir()} == before


def test_a_bad_password_or_nobody_changes_nothing(practice: Practice) -> None:
    with by_password(practice) as desk:
        generation, slots = desk.generation, desk.opened.inside.files.slots()
        with pytest.raises(PasswordRefused):
            desk.people.add(Rank.NURSE, "short", shown="Jo")
        with pytest.raises(PasswordRefused) as refused:
            desk.people.add(Rank.NURSE, "Jo Pryce nurse 1", shown="Jo Pryce · Nurse", known=["Hyde Park"])
        assert refused.value.reason in {"common", "name"}
        with pytest.raises(NotFound):
            desk.people.replace(StaffId(new_id()), Rank.NURSE, OWN, shown="Jo")
        kit = desk.kits.all()[0].kit
        with pytest.raises(NotFound):
            desk.people.remove(kit)
        with pytest.raises(ValueError, match="rank"):
            desk.people.add(Rank.WRITER, OWN, shown="Jo")
        assert (desk.generation, desk.opened.inside.files.slots()) == (generation, slots)
    with pytest.raises(VaultClosed):
        desk.people.holders()


def test_an_auditor_gets_the_audit_seed_only(practice: Practice) -> None:
    with by_password(practice) as desk:
        auditor = desk.people.add(Rank.AUDITOR, OWN, shown="Dr Outside")
        assert desk.people.holders()[-1].rank is Rank.AUDITOR
        seed = desk.opened.inside.book.shared.audit
        keyring = desk.opened.inside.book.keyring
        slot = Slot.decode(desk.opened.inside.files.slots()[auditor])
        secret = ownpassword.open_password_slot(slot, OWN)
        assert keyring.open_seed(auditor, secret.hpke_pair()) == seed
        assert seed != desk.opened.inside.book.epoch


# --- crashes and faults -----------------------------------------------------------------------------------------------


def test_a_slot_that_never_got_its_keyring_opens_nothing_shows_nobody_and_is_swept(practice: Practice) -> None:
    with by_password(practice) as desk:
        ghost = StaffId(new_id())
        book = desk.opened.inside.book
        data = sealed_slot(
            UserSecret.make(book.secret.anchor),
            vault=book.vault,
            user=ghost,
            password=OWN,
            cost=CHEAP,
            device_key=None,
        )
        desk.opened.inside.files.write_slot(ghost, data)
    with by_password(practice) as desk:
        assert ghost not in {login.user for login in desk.vault.logins()}
        desk.opened.close()
        assert isinstance(outcome(lambda: desk.vault.unlock(ghost, OWN, practice.gate)), NotFound)
    with by_password(practice) as desk:
        user = desk.people.add(Rank.NURSE, OTHER, shown="Jo")
        assert set(desk.opened.inside.files.slots()) == {one.user for one in desk.people.holders()}
        assert user in desk.opened.inside.files.slots()


@pytest.mark.parametrize("op", ["publish", "replace", "fsync", "write_at", "link", "unlink"])
def test_every_failing_call_leaves_the_old_people_or_the_new(faulty: Practice, op: str) -> None:
    calls = faulty.calls
    assert isinstance(calls, FaultyCalls)
    seen = set()
    for nth in range(40):
        with by_password(faulty) as desk:
            before = {one.user for one in desk.people.holders()}
            user = StaffId(new_id())
            calls.fail(op, nth, errno.EIO)
            problem = outcome(lambda: desk.people.add(Rank.NURSE, OWN, shown="Jo", user=user))  # noqa: B023
            failed = calls.failed
            calls.mend()
        with by_password(faulty) as desk:
            after = {one.user for one in desk.people.holders()}
            assert after in (before, before | {user})
            if problem is None:
                assert user in after
            assert check(desk.opened).ok
            if user in after:
                desk.people.remove(user)
            assert {one.user for one in desk.people.holders()} == before
        seen.add((problem is None, user in after))
        if not failed:
            break
    else:
        pytest.fail("the call never came to its end")
    assert (True, True) in seen


def test_marks_that_cannot_be_saved_are_no_failure(faulty: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with by_password(faulty) as desk:
        upkeep = desk.opened.inside.upkeep

        def full() -> None:
            raise WriteFailed("host state")

        monkeypatch.setattr(upkeep, "save_marks", full)
        user = desk.people.add(Rank.NURSE, OWN, shown="Jo")
        monkeypatch.undo()
        without_stretching(monkeypatch)
        assert desk.people.is_active(user)


def test_names_that_cannot_be_kept_are_no_failure(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with by_password(practice) as desk:
        path = next(practice.host.path.glob("*.logins"))
        path.write_bytes(b"damaged")
        user = desk.people.add(Rank.NURSE, OWN, shown="Jo")
        assert desk.people.is_active(user)
        path.unlink()
        desk.people.keep_names({user: "Jo", practice.created.user: "Ann", StaffId(new_id()): "Nobody"})
        assert {login.shown for login in desk.vault.logins()} == {"Jo", "Ann"}


def test_somebody_elses_keyring_in_between_is_never_overwritten(practice: Practice) -> None:
    with by_password(practice) as desk:
        book = desk.opened.inside.book
        before = book.keyring
        # Another program of ours: the same user and workstation, another process.
        other = open_keys(book.files, vault=book.vault, user=book.user, secret=book.secret)
        roster = add_writer(
            other.keyring.roster.raw,
            vault=book.vault,
            generation=other.keyring.generation + 1,
            writer=new_id(),
            sign_public=b"\1" * 32,
            author=book.user,
            key=book.secret.signing_key(),
        )
        publish(other, desk.opened.inside.scribe.writer, roster=roster)
        with pytest.raises(Forked):
            desk.people.add(Rank.NURSE, OWN, shown="Jo")
        assert book.keyring is before


# --- one's own password -----------------------------------------------------------------------------------------------


def test_ones_own_password_is_changed_without_anybody_else(practice: Practice) -> None:
    with by_password(practice) as desk:
        generation, secret = desk.generation, desk.opened.inside.book.secret
        desk.people.change_own_password(PASSWORD, OWN)
        desk.people.change_own_password(OWN, OTHER, known=["Ann"])
        assert desk.generation == generation
        assert desk.opened.counts().acts[What.SLOT_REWRAPPED.value] == 2
    assert isinstance(outcome(lambda: by_password(practice).__enter__()), WrongPassword)
    with by_password(practice, password=OTHER) as desk:
        assert desk.opened.inside.book.secret == secret


def test_the_old_password_is_asked_and_wrong_tries_count(practice: Practice) -> None:
    with by_password(practice) as desk:
        slot = desk.opened.inside.files.slots()[practice.created.user]
        with pytest.raises(PasswordRefused) as refused:
            desk.people.change_own_password(PASSWORD, "short")
        assert refused.value.reason == "short"
        with pytest.raises(PasswordRefused) as refused:
            desk.people.change_own_password(OWN, OWN)
        assert refused.value.reason == "same"
        for _ in range(5):
            assert isinstance(outcome(lambda: desk.people.change_own_password("a guess of mine", OWN)), WrongPassword)
        assert isinstance(outcome(lambda: desk.people.change_own_password(PASSWORD, OWN)), LockedOut)
        assert desk.opened.inside.files.slots()[practice.created.user] == slot
        assert desk.opened.counts().acts["unlock.failed"] == 5
        practice.clock.forward(31)
        desk.people.change_own_password(PASSWORD, OWN)


def test_a_kit_or_a_missing_slot_has_no_password(practice: Practice) -> None:
    with by_kit(practice) as desk, pytest.raises(NotFound):
        desk.people.change_own_password(PASSWORD, OWN)
    with by_password(practice) as desk:
        (practice.place / "slots" / practice.created.user.hex()).unlink()
        with pytest.raises(NotFound):
            desk.people.change_own_password(PASSWORD, OWN)


def test_a_slot_put_back_with_another_secret_is_told(practice: Practice) -> None:
    with by_password(practice) as desk:
        book = desk.opened.inside.book
        other = UserSecret.make(book.secret.anchor)
        data = sealed_slot(other, vault=book.vault, user=book.user, password=OTHER, cost=CHEAP, device_key=None)
        book.files.write_slot(book.user, data)
        with pytest.raises(Corrupt, match="another secret"):
            desk.people.change_own_password(OTHER, OWN)


def test_a_slot_that_memory_spoiled_is_never_written(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with by_password(practice) as desk:
        book = desk.opened.inside.book
        skewed = UserSecret(b"\1" * 31, b"\2" * 33, b"\3" * 32)
        with pytest.raises(Corrupt, match="another secret"):
            sealed_slot(skewed, vault=book.vault, user=book.user, password=OWN, cost=CHEAP, device_key=None)

        def forgets(*_: object) -> UserSecret:
            raise WrongPassword("slot does not open")

        slot = book.files.slots()[book.user]
        monkeypatch.setattr(ownpassword, "open_password_slot", forgets)
        with pytest.raises(Corrupt, match="open again"):
            sealed_slot(book.secret, vault=book.vault, user=book.user, password=OWN, cost=CHEAP, device_key=None)
        assert book.files.slots()[book.user] == slot


def test_with_a_device_key_the_slot_needs_both(practice: Practice) -> None:
    with by_password(practice) as desk:
        Enrolment(desk.opened.inside, Shelf()).turn_on()
        key = held_key(desk.opened.inside)
        assert key is not None
        user = desk.people.add(Rank.NURSE, OWN, shown="Jo")
        slot = Slot.decode(desk.opened.inside.files.slots()[user])
        assert slot.uses_device_key
        assert isinstance(outcome(lambda: ownpassword.open_password_slot(slot, OWN)), WrongPassword)
        ownpassword.open_password_slot(slot, OWN, key)
        # The founder's slot was made without; the new one is mixed with it, and opens for the next change.
        desk.people.change_own_password(PASSWORD, OTHER)
        assert Slot.decode(desk.opened.inside.files.slots()[practice.created.user]).uses_device_key
        desk.people.change_own_password(OTHER, OWN)


def test_a_sitting_under_way_goes_on_over_a_change_of_people(practice: Practice) -> None:
    permit = make_permit()
    practice.gate.permits[permit.permit] = permit
    with by_password(practice) as desk:
        user = desk.people.add(Rank.NURSE, OWN, shown="Jo")
        first = desk.opened.add(practice.frame(b"\xff\xd8 1", permit=permit))
        desk.people.remove(user)
        second = desk.opened.add(practice.frame(b"\xff\xd8 2", permit=permit))
        images = desk.opened.images(session=permit.session)
        assert [one.image for one in images] == [first.images[0], second.images[0]]
    with by_password(practice) as desk:
        assert [desk.opened.read(one.image) for one in desk.opened.images(session=permit.session)] == [
            b"\xff\xd8 1",
            b"\xff\xd8 2",
        ]
