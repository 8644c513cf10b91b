# SPDX-License-Identifier: GPL-3.0-or-later
"""The practice's device key: on, off, on every workstation or not, and nobody locked out on the way."""

from __future__ import annotations

import errno
import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, KeyStoreRefused, RoleRefused, WrongPassword
from clinicam.identity import NOBODY, StaffId
from clinicam.vault.acts import What
from clinicam.vault.codec import encode
from clinicam.vault.device_key import TOPIC, key_id
from clinicam.vault.enrolment import (
    DeviceNote,
    DeviceStatus,
    Enrolment,
    held_key,
    read_rule,
    rule_in,
    slot_key,
)
from clinicam.vault.generation import enrol_writer
from clinicam.vault.keys import WriterKey
from clinicam.vault.kit import secret_of
from clinicam.vault.model import Entry, NewRow
from clinicam.vault.openvault import OpenVault
from clinicam.vault.roster import Rank
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import PASSWORD, FaultyCalls, Practice, make_practice, outcome
from tests.vault.machine.fakes import Desk, FakeDeviceKeys, acts, add_person

NURSE_PASSWORD = "another long password"


@pytest.fixture(autouse=True)
def cheap_argon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundred passwords: what Argon2id costs is measured elsewhere."""

    def quick(password: str, salt: bytes, _cost: object) -> bytes:
        return hashlib.sha256(salt + password.encode()).digest()

    monkeypatch.setattr("clinicam.vault.slot.argon2id", quick)


@pytest.fixture
def desk(practice: Practice) -> Desk:
    return Desk(practice)


def by_kit(desk: Desk) -> tuple[Vault, OpenVault]:
    vault = desk.open()
    return vault, vault.unlock_with_kit(desk.practice.created.kit_words, desk.practice.gate)


def managing(desk: Desk, act: Callable[[Enrolment], object]) -> None:
    """Something a manager does between an unlock through the kit and a lock."""
    vault, opened = by_kit(desk)
    act(Enrolment(opened.inside, desk.device_keys))
    vault.close()


def status(desk: Desk) -> DeviceStatus:
    found: list[DeviceStatus] = []
    managing(desk, lambda one: found.append(one.status()))
    return found[0]


def by_password(desk: Desk, user: StaffId | None = None, password: str = PASSWORD) -> None:
    vault = desk.open()
    try:
        vault.unlock(user if user is not None else desk.user, password, desk.practice.gate)
    finally:
        vault.close()


def test_without_one_nothing_changes(desk: Desk) -> None:
    by_password(desk)
    assert not desk.slot().uses_device_key
    assert desk.device_keys.calls == []
    assert status(desk) == DeviceStatus(False, False, False, "", 0, 1, 0)


def test_a_practice_of_one_computer(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    assert status(desk) == DeviceStatus(True, False, True, "", 0, 1, 0)
    by_password(desk)
    assert desk.slot().uses_device_key
    by_password(desk)
    assert status(desk).sealed == 1
    with pytest.raises(WrongPassword):
        by_password(desk, password="wrong")


def test_a_stolen_disk_gives_nothing_to_guess_at(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    by_password(desk)
    desk.device_keys.kept.clear()
    with pytest.raises(KeyStoreRefused, match="missing"):
        by_password(desk)
    desk.device_keys.kept[desk.practice.created.vault_id] = b"x" * 32
    with pytest.raises(WrongPassword):
        by_password(desk)
    without = Vault.open(desk.practice.place, desk.practice.host)
    with pytest.raises(KeyStoreRefused, match="missing"):
        without.unlock(desk.user, PASSWORD, desk.practice.gate)
    with pytest.raises(KeyStoreRefused, match="none"):
        without.give_device_key(desk.practice.created.kit_words)
    without.close()


def test_a_key_that_is_missing_is_no_wrong_try(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    by_password(desk)
    kept = dict(desk.device_keys.kept)
    desk.device_keys.kept.clear()
    for _ in range(8):
        with pytest.raises(KeyStoreRefused):
            by_password(desk)
    desk.device_keys.kept = kept
    by_password(desk)


def test_the_words_enrol_another_computer_and_the_kit_shows_them_again(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    by_password(desk)
    desk.device_keys.kept.clear()  # its key store was emptied
    words: list[tuple[str, ...]] = []
    managing(desk, lambda one: words.append(one.words()))
    vault = desk.open()
    with pytest.raises(WrongPassword):
        vault.give_device_key(words[0][:-1])
    vault.give_device_key(words[0])
    opened = vault.unlock(desk.user, PASSWORD, desk.practice.gate)
    assert held_key(opened.inside) == secret_of(words[0]) == desk.device_keys.kept[vault.vault_id]
    assert acts(opened, What.DEVICE_KEY) == 4  # on, held, slot sealed, shown
    vault.close()


def test_off_again(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    by_password(desk)
    key = dict(desk.device_keys.kept)
    managing(desk, lambda one: one.turn_off())
    assert desk.device_keys.kept == key  # a slot needs it still
    by_password(desk)
    assert not desk.slot().uses_device_key
    assert desk.device_keys.kept == {}
    assert status(desk) == DeviceStatus(False, False, False, "off", 1, 1, 0)
    by_password(desk)
    managing(desk, lambda one: one.turn_on())
    assert desk.device_keys.kept == key  # the same one: words that were written down stay right
    managing(desk, lambda one: one.turn_on())
    by_password(desk)
    assert desk.slot().uses_device_key


def test_a_second_computer_without_it_keeps_every_slot_as_it_is(desk: Desk) -> None:
    """Whoever also works there would be locked out; so nothing is sealed until a manager says that it shall be."""
    vault, opened = by_kit(desk)
    enrol_writer(opened.inside.book, WriterKey.make())
    Enrolment(opened.inside, desk.device_keys).turn_on()
    vault.close()
    by_password(desk)
    assert not desk.slot().uses_device_key
    assert status(desk).waiting == 1
    managing(desk, lambda one: one.require())
    assert status(desk).is_required
    by_password(desk)
    assert desk.slot().uses_device_key


def test_a_computer_that_comes_later_takes_it_at_its_first_unlock(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    desk.practice.host.path = desk.practice.folder / "another computer"
    other = Desk(desk.practice)
    vault, opened = by_kit(other)
    assert other.device_keys.kept == desk.device_keys.kept
    assert Enrolment(opened.inside, other.device_keys).status().waiting == 0
    vault.close()
    by_password(other)
    assert other.slot().uses_device_key


def test_a_computer_that_cannot_keep_it_says_so_once_and_why(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    desk.practice.host.path = desk.practice.folder / "another computer"
    other = Desk(desk.practice, FakeDeviceKeys(refuses="locked"))
    for _ in range(2):
        vault, opened = by_kit(other)
        assert acts(opened, What.DEVICE_KEY) == 3  # on, held, lacks
        assert Enrolment(opened.inside, other.device_keys).status().reason == "locked"
        vault.close()
    by_password(other)
    assert not other.slot().uses_device_key
    other.device_keys.refuses = ""
    by_password(other)
    assert other.slot().uses_device_key


def test_a_key_store_emptied_in_between_is_filled_before_a_slot_is_sealed(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    desk.device_keys.kept.clear()
    by_password(desk)
    assert desk.slot().uses_device_key
    by_password(desk)


def test_a_key_store_that_refuses_leaves_everything_as_it_was(desk: Desk) -> None:
    desk.device_keys.refuses = "plaintext"
    vault, opened = by_kit(desk)
    with pytest.raises(KeyStoreRefused, match="plaintext"):
        Enrolment(opened.inside, desk.device_keys).turn_on()
    assert rule_in(opened.inside) is None
    assert held_key(opened.inside) is None
    assert slot_key(opened.inside) is None
    vault.close()


def test_one_that_breaks_later_does_not_stand_in_the_way(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    desk.device_keys.refuses = "slow"
    by_password(desk)
    assert not desk.slot().uses_device_key


def test_managers_only(desk: Desk) -> None:
    vault, opened = by_kit(desk)
    nurse = add_person(opened, Rank.NURSE, NURSE_PASSWORD)
    Enrolment(opened.inside, desk.device_keys).turn_on()
    opened.close()
    opened = vault.unlock(nurse, NURSE_PASSWORD, desk.practice.gate)
    enrolment = Enrolment(opened.inside, desk.device_keys)
    for act in (enrolment.turn_on, enrolment.turn_off, enrolment.require, enrolment.words):
        with pytest.raises(RoleRefused):
            act()
    vault.close()
    assert desk.slot(nurse).uses_device_key
    assert not desk.slot().uses_device_key  # each at their own unlock
    managing(desk, lambda one: one.turn_off())
    by_password(desk)
    assert desk.device_keys.kept  # the nurse's slot needs it still
    by_password(desk, nurse, NURSE_PASSWORD)
    assert not desk.device_keys.kept


def test_without_a_key_there_is_nothing_to_show_or_turn_off(desk: Desk) -> None:
    vault, opened = by_kit(desk)
    enrolment = Enrolment(opened.inside, desk.device_keys)
    for act in (enrolment.turn_off, enrolment.require, enrolment.words):
        with pytest.raises(KeyStoreRefused, match="none"):
            act()
    vault.close()


def test_the_kit_never_needs_it(desk: Desk) -> None:
    managing(desk, lambda one: one.turn_on())
    managing(desk, lambda one: one.require())
    by_password(desk)
    desk.device_keys.kept.clear()
    desk.device_keys.refuses = "none"
    vault, opened = by_kit(desk)
    assert opened.is_open
    Enrolment(opened.inside, desk.device_keys).turn_off()
    vault.close()


def test_nobody_else_may_write_its_entries(desk: Desk) -> None:
    vault, opened = by_kit(desk)
    with pytest.raises(ValueError, match="own"):
        opened.append([NewRow(What.DEVICE_KEY, None, None, TOPIC, NOBODY, b"\x80")])
    vault.close()


@pytest.mark.parametrize("op", ["open", "write_at", "fsync", "replace", "publish"])
@pytest.mark.parametrize("nth", range(4))
def test_a_disk_that_fails_while_a_slot_changes_locks_nobody_out(tmp_path: Path, op: str, nth: int) -> None:
    calls = FaultyCalls()
    practice = make_practice(tmp_path / "p", calls=calls)
    desk = Desk(practice)
    managing(desk, lambda one: one.turn_on())
    vault = desk.open()
    opened = vault.unlock_with_kit(practice.created.kit_words, practice.gate)
    opened.close()
    calls.fail(op, nth, errno.EIO)
    outcome(lambda: vault.unlock(desk.user, PASSWORD, practice.gate))
    calls.mend()
    vault.close()
    by_password(desk)
    by_password(desk)
    assert desk.slot().uses_device_key


def test_a_slot_that_would_not_open_again_is_not_written(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    managing(desk, lambda one: one.turn_on())
    real = desk.practice.place / "slots" / desk.user.hex()
    before = real.read_bytes()
    other = (desk.practice.place / "slots").iterdir()
    assert real in set(other)

    def another(*_args: object) -> object:
        return None

    monkeypatch.setattr("clinicam.vault.enrolment.open_password_slot", another)
    by_password(desk)
    assert real.read_bytes() == before


# --- the entries ------------------------------------------------------------------------------------------------------

ONE, TWO = b"1" * 32, b"2" * 32
VAULT = bytes(16)
HERE, THERE = b"h" * 16, b"t" * 16


def entry(note: DeviceNote, subject: bytes = bytes(16)) -> Entry:
    return Entry(None, None, TOPIC, subject, encode(note), StaffId(b"u" * 16), 0, None, 0)  # type: ignore[arg-type]


def note(state: str, key: bytes = ONE, *, brings: bool = False, reason: str = "") -> DeviceNote:
    return DeviceNote(state, key_id(VAULT, key), key if brings else None, reason)  # type: ignore[arg-type]


def test_entries_add_up() -> None:
    assert read_rule([]) is None
    told = [
        entry(note("on", brings=True)),
        entry(note("held"), HERE),
        entry(note("lacks", reason="none"), THERE),
        entry(note("required")),
    ]
    rule = read_rule(told)
    assert rule is not None
    assert (rule.key, rule.is_on, rule.is_required) == (ONE, True, True)
    assert (rule.holders, rule.lacking) == ({HERE}, {THERE: "none"})
    assert rule.waits_for([HERE, THERE]) == {THERE}
    assert ONE.hex() not in repr(rule)


def test_another_key_begins_anew_and_what_was_said_of_the_old_one_counts_no_more() -> None:
    told = [
        entry(note("on", brings=True)),
        entry(note("held"), HERE),
        entry(note("off")),
        entry(note("on", TWO, brings=True)),
        entry(note("held", ONE), THERE),
        entry(note("lacks", ONE), THERE),
    ]
    rule = read_rule(told)
    assert rule is not None
    assert (rule.key, rule.is_on, rule.is_required, rule.holders, rule.lacking) == (TWO, True, False, frozenset(), {})


def test_a_computer_may_lose_and_regain_it() -> None:
    told = [
        entry(note("on", brings=True)),
        entry(note("held"), HERE),
        entry(note("lacks", reason="slow"), HERE),
    ]
    rule = read_rule(told)
    assert rule is not None
    assert (rule.holders, rule.lacking) == (frozenset(), {HERE: "slow"})
    rule = read_rule([*told, entry(note("held"), HERE)])
    assert rule is not None
    assert (rule.holders, rule.lacking) == ({HERE}, {})


def test_an_entry_without_its_key_is_damage() -> None:
    with pytest.raises(Corrupt):
        read_rule([entry(note("on"))])
