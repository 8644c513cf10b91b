# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole key files put back or forged by whoever keeps the disk, two managers publishing at once, a ledger's end cut off."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from clinicam.errors import Corrupt, Forked, NotFound, RolledBack, WrongPassword
from clinicam.identity import StaffId, new_id
from clinicam.vault.bag import seal_bag
from clinicam.vault.heads import chain_start
from clinicam.vault.host import HostFolder
from clinicam.vault.keyring import parse_keyring, publish_keyring
from clinicam.vault.roster import Rank, add_user, add_writer, found, remove_user
from clinicam.vault.rows import open_act, seal_row
from clinicam.vault.segment import scan_segment
from clinicam.vault.sign import SigningKey
from clinicam.vault.slot import UserSecret, seal_password_slot
from clinicam.vault.vault import Vault
from tests.vault.engine.bench import (
    CHEAP,
    PASSWORD,
    Practice,
    check,
    make_permit,
    make_practice,
    outcome,
    patient_row,
    someone,
)
from tests.vault.formats.publisher import let_in
from tests.vault.independent_reader import Refused, read_vault

Files = dict[str, bytes]
TAMPERED = (RolledBack, Forked, Corrupt)


@pytest.fixture
def practice(tmp_path: Path) -> Practice:
    return make_practice(tmp_path / "practice")


def keys_of(practice: Practice) -> Files:
    """Keyring and bags as they lie."""
    paths = [practice.place / "keyring", *sorted((practice.place / "bags").iterdir())]
    return {path.relative_to(practice.place).as_posix(): path.read_bytes() for path in paths}


def put(practice: Practice, files: Files) -> None:
    """These key files and no others."""
    shutil.rmtree(practice.place / "bags")
    (practice.place / "bags").mkdir(mode=0o700)
    for name, data in files.items():
        (practice.place / name).write_bytes(data)


def try_unlock(practice: Practice) -> object:
    return outcome(lambda: practice.unlocked()[0].close())


@pytest.fixture
def states(practice: Practice) -> list[Files]:
    """The key files at every turn: founded, a patient's key, one let in, a session's key, one sent away, rotated."""
    seen = [keys_of(practice)]
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    seen.append(keys_of(practice))
    user = let_in(opened)
    seen.append(keys_of(practice))
    opened.add(practice.frame(b"picture"))
    seen.append(keys_of(practice))
    book = opened.inside.book
    roster = remove_user(
        book.keyring.roster.raw, vault=book.vault, generation=book.keyring.generation + 1, user=user, author=book.user,
        key=book.secret.signing_key(),
    )  # fmt: skip
    opened.inside.publish(roster=roster)
    seen.append(keys_of(practice))
    opened.inside.publish()
    seen.append(keys_of(practice))
    vault.close()
    return seen


def test_every_older_keyring_with_every_older_set_of_bags(practice: Practice, states: list[Files]) -> None:
    """All combinations but the newest of both are noticed, and having looked harms nothing."""
    assert len({str(sorted(state.items())) for state in states}) == len(states)
    for keyring, bags in product(states, states):
        files = bags | {"keyring": keyring["keyring"]}
        if files == states[-1]:
            continue
        put(practice, files)
        problem = try_unlock(practice)
        assert isinstance(problem, TAMPERED), f"{type(problem).__name__}"
    put(practice, states[-1])
    vault, opened = practice.unlocked()
    assert check(opened).ok
    vault.close()


def test_older_bags_beside_the_newest_do_not_count(practice: Practice, states: list[Files]) -> None:
    every = {name: data for state in states for name, data in state.items()}
    put(practice, every | states[-1])
    vault, opened = practice.unlocked()
    assert check(opened).ok
    vault.close()


def test_an_older_keyring_where_nothing_was_ever_seen_has_no_bags(practice: Practice, states: list[Files]) -> None:
    """On a machine without marks an old keyring alone opens nothing: its bags are gone."""
    put(practice, states[-1] | {"keyring": states[0]["keyring"]})
    shutil.rmtree(practice.host.path)
    assert isinstance(try_unlock(practice), Corrupt)


def test_a_withheld_bag_is_not_an_erasure(practice: Practice, tmp_path: Path) -> None:
    """The second reader knows which key a row names although it is gone, and whether anybody agreed to destroy it."""
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    vault.close()
    second = Vault.open(practice.place, HostFolder(tmp_path / "second", machine=b"two"))
    second.unlock_with_kit(practice.created.kit_words, practice.gate).close()
    second.close()
    vault, opened = practice.unlocked()  # its new keys go into a bag of its own
    opened.append([patient_row(someone())])
    writer = opened.writer
    vault.close()
    (bag,) = (practice.place / "bags").glob(f"{writer.hex()}-*")
    read_vault(practice.place, practice.created.user, PASSWORD)
    bag.unlink()
    with pytest.raises(Refused, match="nobody erased"):
        read_vault(practice.place, practice.created.user, PASSWORD)
    assert isinstance(try_unlock(practice), RolledBack)
    # A workstation that never saw the bag must not publish a generation without its keys either.
    keyring, bags = (practice.place / "keyring").read_bytes(), sorted(os.listdir(practice.place / "bags"))
    third = Vault.open(practice.place, HostFolder(tmp_path / "third", machine=b"three"))
    with pytest.raises(Corrupt, match="nobody destroyed"):
        third.unlock_with_kit(practice.created.kit_words, practice.gate)
    third.close()
    assert (practice.place / "keyring").read_bytes() == keyring
    assert sorted(os.listdir(practice.place / "bags")) == bags


# --- forgeries ---------------------------------------------------------------------------------------------------------------


class Thief:
    """Somebody with the disk and the program, and keys of their own only."""

    def __init__(self, practice: Practice) -> None:
        self.practice = practice
        self.stored = (practice.place / "keyring").read_bytes()
        self.keyring = parse_keyring(self.stored, vault=None, anchor=None)
        self.vault = self.keyring.vault
        self.user, self.writer = new_id(), new_id()
        self.secret = UserSecret.make()
        self.key = self.secret.signing_key()
        self.epoch = bytes(32)

    def own_roster(self, user: bytes) -> bytes:
        """A roster of this vault with the thief as its founder."""
        raw = found(vault=self.vault, user=user, hpke_public=self.secret.hpke_pair().public, key=self.key)
        return add_writer(
            raw, vault=self.vault, generation=1, writer=self.writer, sign_public=self.key.public, author=user, key=self.key
        )  # fmt: skip

    def own_keyring(self, user: bytes) -> bytes:
        """The next generation under that roster."""
        return publish_keyring(
            vault=self.vault, training=True, generation=self.keyring.generation + 1, prev=self.keyring.sha256,
            audit_public=self.keyring.audit_public, roster=self.own_roster(user), epoch=self.epoch,
            audit_seed=bytes(32), anchor=self.secret.anchor, signer=user, key=self.key,
        )  # fmt: skip


def test_a_keyring_with_another_founder(practice: Practice) -> None:
    thief = Thief(practice)
    for user in (thief.user, practice.created.user):
        (practice.place / "keyring").write_bytes(thief.own_keyring(user))
        # The kit is no user of that roster, so its slot does not count; the founder's slot has the anchor.
        assert isinstance(try_unlock(practice), (*TAMPERED, WrongPassword))
    for _ in range(2):
        vault = practice.open()
        problem = outcome(partial(vault.unlock, practice.created.user, PASSWORD, practice.gate))
        assert isinstance(problem, Corrupt)
        vault.close()
        shutil.rmtree(practice.host.path)  # the second time where nothing was seen before
    (practice.place / "keyring").write_bytes(thief.stored)


def test_a_roster_entry_that_no_manager_signed(practice: Practice) -> None:
    """One more user, so as to be sent the next generation's key."""
    thief = Thief(practice)
    founder = thief.keyring.roster.founder
    for author in (founder, thief.user):
        longer = add_user(
            thief.keyring.roster.raw, vault=thief.vault, generation=1, user=thief.user, rank=Rank.NURSE,
            hpke_public=thief.secret.hpke_pair().public, sign_public=thief.key.public, author=author, key=thief.key,
        )  # fmt: skip
        old = thief.keyring.roster.raw
        at = thief.stored.index(old) - 4
        data = thief.stored[:at] + len(longer).to_bytes(4, "big") + longer + thief.stored[at + 4 + len(old) :]
        (practice.place / "keyring").write_bytes(data)
        assert isinstance(try_unlock(practice), Corrupt)
    (practice.place / "keyring").write_bytes(thief.stored)


def test_a_bag_by_nobody_we_know(practice: Practice) -> None:
    """Of a fresh workstation, and of ours but signed with another key: its keys would seal what is photographed next."""
    vault, opened = practice.unlocked()
    book, writer = opened.inside.book, opened.inside.scribe.writer.writer
    epoch = book.epoch  # more than a thief has: even a leaver who remembers E cannot write
    vault.close()
    thief = Thief(practice)
    for author, volume in ((thief.writer, 1), (writer, 2)):
        data = seal_bag(
            (), None, vault=thief.vault, writer=author, volume=volume, generation=1, revision=1, epoch=epoch,
            signer=SigningKey.from_seed(bytes(32)),
        )  # fmt: skip
        path = practice.place / "bags" / f"{author.hex()}-{volume:06d}.000001"
        path.write_bytes(data)
        assert isinstance(try_unlock(practice), Corrupt)
        path.unlink()


def test_slots_forged_and_exchanged(practice: Practice) -> None:
    thief, slots = Thief(practice), practice.place / "slots"
    founder, path = practice.created.user, slots / practice.created.user.hex()
    (kit,) = (one for one in slots.iterdir() if one != path)
    honest = path.read_bytes()
    anchored = UserSecret(thief.secret.hpke_seed, thief.secret.sign_seed, thief.keyring.roster.entries[0].sign_public)
    vault = practice.open()
    for secret in (thief.secret, anchored):  # an anchor of their own, and ours, which anybody can read in the roster
        path.write_bytes(
            seal_password_slot(secret, vault=thief.vault, user=founder, password="thief's", cost=CHEAP)
        )  # fmt: skip
        with pytest.raises(Corrupt):
            vault.unlock(founder, "thief's", practice.gate)
        with pytest.raises(WrongPassword):
            vault.unlock(founder, PASSWORD, practice.gate)
    path.write_bytes(kit.read_bytes())
    with pytest.raises(Corrupt):
        vault.unlock(founder, PASSWORD, practice.gate)
    stranger = slots / thief.user.hex()
    stranger.write_bytes(
        seal_password_slot(anchored, vault=thief.vault, user=thief.user, password="thief's", cost=CHEAP)
    )
    with pytest.raises((Corrupt, NotFound)):
        vault.unlock(StaffId(thief.user), "thief's", practice.gate)
    stranger.unlink()
    path.write_bytes(honest)
    vault.close()


# --- two at once -------------------------------------------------------------------------------------------------------------


def test_two_publishers_at_once(practice: Practice) -> None:
    """Two workstations let people in at the same time: each is let in once, or its publisher is told to try again."""
    vault, opened = practice.unlocked()
    image = opened.add(practice.frame(b"picture")).images[0]
    vault.close()
    rounds, words = 5, " ".join(practice.created.kit_words)
    root = Path(__file__).resolve().parents[3]
    children = []
    for name in ("left", "right"):  # one after the other: a new workstation is itself a new generation
        child = subprocess.Popen(
            [sys.executable, "-m", "tests.vault.formats.publisher", str(practice.folder), name, str(rounds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root,
        )  # fmt: skip
        children.append(child)
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(f"{words}\n")
        child.stdin.flush()
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate(timeout=120)[0].split("\n") for child in children]
    assert [child.returncode for child in children] == [0, 0]
    let = {bytes.fromhex(line.split()[1]) for lines in said for line in lines if line.startswith("done")}
    assert len(let) == 2 * rounds
    vault, opened = practice.unlocked()
    roster = opened.inside.book.keyring.roster
    assert let <= roster.users.keys()
    assert [entry.generation for entry in roster.entries if entry.subject in let] == sorted({
        entry.generation for entry in roster.entries if entry.subject in let
    }), "two people in one generation: somebody's was overwritten"
    assert opened.read(image) == b"picture"
    assert check(opened).findings == ()
    vault.close()


# --- a cut tail ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("has_snapshot", [True, False])
def test_a_ledger_cut_anywhere_below_what_was_seen(practice: Practice, has_snapshot: bool) -> None:
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    opened.add(practice.frame(b"picture"))
    other = make_permit()
    opened.append([patient_row(someone(other.patient)), patient_row(someone())])
    writer = opened.writer
    vault.close()
    path = practice.place / "ledger" / writer.hex() / "000001.rows"
    whole = path.read_bytes()
    vault_id = practice.created.vault_id
    found = scan_segment(whole, vault=vault_id, head=chain_start(vault_id, writer)).whole()
    assert len(found) > 6
    ends = [8, *(row.end for row in found[:-1])]
    cuts = [0, 7, *ends, *(end + 1 for end in ends), *(end + 96 for end in ends), len(whole) - 1]
    snapshot = practice.place / "index" / writer.hex()
    kept = snapshot.read_bytes()
    if not has_snapshot:
        snapshot.unlink()
    for cut in cuts:
        path.write_bytes(whole[:cut])
        problem = try_unlock(practice)
        assert isinstance(problem, RolledBack | Corrupt), f"cut at {cut}: {problem}"
        assert isinstance(problem, RolledBack) or cut not in ends, "a whole row is missing: that is a rollback"
        assert path.read_bytes() == whole[:cut], "nothing may be tidied away below the marks"
    path.write_bytes(whole)
    snapshot.write_bytes(kept)
    vault, opened = practice.unlocked()
    assert check(opened).ok
    vault.close()


def test_a_row_replaced_by_another_of_the_same_workstation(practice: Practice) -> None:
    """Whoever has the workstation's key tells another end of the story: `Forked` against what this workstation has seen."""
    vault, opened = practice.unlocked()
    opened.append([patient_row(someone(practice.permit.patient))])
    book, own = opened.inside.book, opened.inside.scribe.writer
    vault_id, audit, locator = book.vault, book.audit, book.table.locator
    vault.close()
    path = practice.place / "ledger" / own.writer.hex() / "000001.rows"
    whole = path.read_bytes()
    found = scan_segment(whole, vault=vault_id, head=chain_start(vault_id, own.writer)).whole()
    last, before = found[-1], found[-2]
    act = open_act(last, vault_id, audit)
    other = seal_row(act, None, vault=vault_id, head=before.head, signer=own.signing, audit=audit, locator=locator)
    for has_snapshot in (True, False):
        if not has_snapshot:
            (practice.place / "index" / own.writer.hex()).unlink()
        path.write_bytes(whole[: last.start] + other.data)
        assert isinstance(try_unlock(practice), Forked | RolledBack)
        path.write_bytes(whole)
    assert try_unlock(practice) is None
