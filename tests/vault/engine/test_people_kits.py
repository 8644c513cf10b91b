# SPDX-License-Identifier: GPL-3.0-or-later
"""Recovery kits: a second one counts once it was typed back, an old one is revoked, and a list says which are about."""

from __future__ import annotations

import pytest

from clinicam.errors import Corrupt, LastKit, NotFound, RoleRefused, WrongPassword
from clinicam.identity import StaffId, new_id
from clinicam.vault import kits
from clinicam.vault.aead import system_randomness
from clinicam.vault.kit import words_of
from clinicam.vault.people import Rank, SlotKind
from tests.vault.engine.bench import Practice, check, outcome
from tests.vault.engine.people_bench import OWN, Desk, by_kit, by_password, without_stretching


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    without_stretching(monkeypatch)


def slots(desk: Desk) -> set[bytes]:
    return set(desk.opened.inside.files.slots())


def test_the_kit_that_came_with_the_vault_is_number_one(practice: Practice) -> None:
    with by_password(practice) as desk:
        assert not desk.kits.is_mine
        desk.kits.note_use()
        (kit,) = desk.kits.all()
    assert (kit.number, kit.made_by, kit.made_ms, kit.used_ms, kit.is_me) == (1, None, None, None, False)


def test_a_kit_counts_once_it_was_typed_back(practice: Practice) -> None:
    with by_password(practice) as desk:
        before, generation = slots(desk), desk.generation
        new = desk.kits.prepare()
        assert (new.number, len(new.words)) == (2, 24)
        assert "words" not in repr(new)
        with pytest.raises(WrongPassword):
            desk.kits.confirm(new, practice.created.kit_words)
        with pytest.raises(WrongPassword):
            desk.kits.confirm(new, new.words[:23])
        assert (slots(desk), desk.generation) == (before, generation)
        practice.clock.forward(60)
        kit = desk.kits.confirm(new, [word[:4].upper() for word in new.words])
        first, second = desk.kits.all()
        assert (second.kit, second.number, second.made_by) == (kit, 2, practice.created.user)
        assert second.made_ms == practice.clock.wall
        assert first.number == 1
        assert desk.kits.prepare().number == 3
        assert desk.opened.counts().acts["kit.made"] == 1
    for words in (practice.created.kit_words, new.words):
        vault = practice.open()
        opened = vault.unlock_with_kit(words, practice.gate)
        desk = Desk(vault, opened)
        assert desk.kits.is_mine
        desk.kits.note_use()
        assert [one.used_ms for one in desk.kits.all() if one.is_me] == [practice.clock.wall]
        assert opened.counts().acts["unlock.kit"] >= 1
        vault.close()


def test_a_revoked_kit_opens_nothing_and_new_keys_seal(practice: Practice) -> None:
    with by_password(practice) as desk:
        old = desk.kits.all()[0].kit
        with pytest.raises(LastKit):
            desk.kits.revoke(old)
        with pytest.raises(NotFound):
            desk.kits.revoke(practice.created.user)
        new = desk.kits.prepare()
        kit = desk.kits.confirm(new, new.words)
        desk.kits.revoke(old)
        assert [one.kit for one in desk.kits.all()] == [kit]
        assert desk.opened.inside.book.table.last_removal == desk.generation
        assert check(desk.opened).ok
        assert desk.opened.counts().acts["kit.revoked"] == 1
    assert isinstance(outcome(lambda: by_kit(practice).__enter__()), WrongPassword)
    vault = practice.open()
    desk = Desk(vault, vault.unlock_with_kit(new.words, practice.gate))
    another = desk.kits.prepare()
    desk.kits.confirm(another, another.words)
    with pytest.raises(RoleRefused) as refused:
        desk.kits.revoke(kit)
    assert refused.value.needed == "another-manager"
    # A kit manages: it lets a person in, and that person is a manager like any other.
    desk.people.add(Rank.MANAGER, OWN, shown="Jo")
    vault.close()


def test_a_crash_before_the_keyring_leaves_a_number_and_no_kit(practice: Practice) -> None:
    with by_password(practice) as desk:
        desk.kits._note(StaffId(new_id()), 2)
        assert [one.number for one in desk.kits.all()] == [1]
        assert desk.kits.prepare().number == 3


def test_a_kit_that_memory_spoiled_is_never_written(practice: Practice, monkeypatch: pytest.MonkeyPatch) -> None:
    with by_password(practice) as desk:
        new, before = desk.kits.prepare(), slots(desk)
        monkeypatch.setattr(kits, "same_secret", lambda _one, _other: False)
        with pytest.raises(Corrupt):
            desk.kits.confirm(new, new.words)
        assert slots(desk) == before


def test_random_words_open_nothing(practice: Practice) -> None:
    with by_password(practice) as desk:
        new = desk.kits.prepare()
        desk.kits.confirm(new, new.words)
        kinds = [one.kind for one in desk.people.holders()]
        assert kinds.count(SlotKind.KIT) == 2
    vault = practice.open()
    with pytest.raises(WrongPassword):
        vault.unlock_with_kit(words_of(system_randomness(32)), practice.gate)
    vault.close()
